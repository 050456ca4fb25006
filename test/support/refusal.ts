import { UsageError } from '../../src/errors.js';

/** The `UsageError` that a call rejects with. Throws when it does not, or with anything else. */
export async function refusalOf(call: Promise<unknown>): Promise<UsageError> {
  const error = await call.then(
    () => new TypeError('expected a rejection'),
    (reason: unknown) => reason,
  );
  if (error instanceof UsageError) return error;
  throw error;
}

/** Everything that an error says of itself; its causes too, and nothing of where it was thrown. */
export function factsOf(error: UsageError): Readonly<Record<string, unknown>> {
  const { stack, ...facts } = Object.fromEntries(
    Object.getOwnPropertyNames(error).map((name) => [name, Reflect.get(error, name)]),
  );
  return facts;
}
