import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Viewer } from '../auth/viewer.js';
import type { EsimUsageContext } from '../context.js';
import type { AnswerKind, OperationEnded } from '../events.js';
import type { OperationSpan } from '../tracing/operation-span.js';
import { bugIn } from './graphql-errors.js';

/** What is told of an operation when it ends, filled in by whoever learns it. */
export interface OperationNote {
  name: string | null;
  kind: OperationEnded['kind'];
  /** Of its first error. */
  code: string | null;
  bug: Error | null;
  answers: ReadonlyMap<AnswerKind, number>;
  span: OperationSpan | null;
}

/** What resolvers and plugins know of an operation over HTTP. */
export interface GraphqlContext extends EsimUsageContext {
  readonly note: OperationNote;
  readonly viewer: Viewer | undefined;
  /** The listed document that is run. Null where every document may be. */
  readonly document: string | null;
}

/** Where the ends of operations are told. */
export type ReportEnd = (event: OperationEnded) => void;

const notes = new WeakMap<FastifyRequest, OperationNote>();

/** What is noted of the operation that came in this request. */
export function noteOf(request: FastifyRequest): OperationNote {
  const known = notes.get(request);
  if (known !== undefined) return known;
  const note: OperationNote = {
    name: null,
    kind: null,
    code: null,
    bug: null,
    answers: new Map(),
    span: null,
  };
  notes.set(request, note);
  return note;
}

/** Reports the operation once, when its answer is written or its client has gone. Its span ends then, too. */
export function reportEnd(request: FastifyRequest, reply: FastifyReply, report: ReportEnd): void {
  const beganMs = performance.now();
  reply.raw.once('close', () => {
    const note = noteOf(request);
    const { name, kind, code, bug, answers, span } = note;
    span?.end(note);
    report({
      type: 'operation.ended',
      requestId: request.id,
      traceId: span?.traceId ?? null,
      name,
      kind,
      status: reply.raw.writableFinished ? reply.statusCode : null,
      code,
      bug,
      tookMs: performance.now() - beganMs,
      answers,
    });
  });
}

/** Notes what Apollo Server finds out of an operation. */
export const noteOperation: ApolloServerPlugin<GraphqlContext> = {
  async requestDidStart({ contextValue: { note, esimUsage } }) {
    note.answers = esimUsage.answers;
    return {
      async didResolveOperation({ operationName, operation }) {
        note.name = operationName;
        note.kind = operation?.operation ?? null;
      },
      async didEncounterErrors({ errors }) {
        note.bug = errors.map(bugIn).find((bug) => bug !== null) ?? null;
      },
      async willSendResponse({ response: { body } }) {
        const errors = body.kind === 'single' ? body.singleResult.errors : undefined;
        const code = errors?.[0]?.extensions?.code;
        note.code = typeof code === 'string' ? code : null;
      },
    };
  },
};
