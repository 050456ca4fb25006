import type { FastifyInstance } from 'fastify';
import { hasAlready, headersOf, type Page } from '../pages/page.js';
import { notAllowed } from './http-errors.js';

/** Answers GET at exactly the page's path. */
export function addPageRoutes(app: FastifyInstance, page: Page): void {
  const headers = headersOf(page);
  app.get(page.path, (request, reply) => {
    reply.headers(headers);
    return hasAlready(request.headers['if-none-match'], headers.etag)
      ? reply.code(304).send()
      : reply.send(page.body);
  });
  app.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'],
    url: page.path,
    ...notAllowed('GET', 'Pages are read by GET.'),
  });
}
