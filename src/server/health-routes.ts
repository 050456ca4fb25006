import type { FastifyInstance } from 'fastify';
import type { Health } from '../health.js';

/** Answers an orchestrator: whether the process runs, and whether it can do its work. */
export function addHealthRoutes(app: FastifyInstance, health: Pick<Health, 'fault'>): void {
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', (_request, reply) => {
    const fault = health.fault();
    return fault === null ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', fault });
  });
}
