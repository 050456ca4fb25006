import type { FastifyInstance } from 'fastify';
import type { Health } from '../health.js';

/** Answers an orchestrator: whether the process runs, and whether it can do its work, or what it lacks for that. */
export function addHealthRoutes(app: FastifyInstance, health: Pick<Health, 'readiness'>): void {
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', (_request, reply) => {
    const readiness = health.readiness();
    return reply.code(readiness.status === 'not ready' ? 503 : 200).send(readiness);
  });
}
