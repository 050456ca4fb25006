import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSharedSecret } from '../../src/auth/shared-secret.js';

const header = 'router-authorization';
const [current, previous] = ['the-secret-of-today', 'the-secret-of-yesterday'];
const { authenticate } = createSharedSecret({ kind: 'secret', header, secrets: [current, previous] });

const refusal = { status: 401, code: 'UNAUTHENTICATED', challenge: 'Secret' };

describe('a shared secret', () => {
  it.each([current, previous])('lets its holder see everything: %s', async (secret) => {
    expect(await authenticate({ [header]: secret })).toEqual({ iccids: null });
  });

  it.each([
    ['none', {}],
    ['an empty one', { [header]: '' }],
    ['the beginning of it', { [header]: current.slice(0, -1) }],
    ['more than it', { [header]: `${current} ` }],
    ['in capitals', { [header]: current.toUpperCase() }],
    ['both, as one that was sent twice comes', { [header]: `${current}, ${previous}` }],
    ['in another header', { authorization: current }],
  ])('is refused: %s', async (_name, headers) => {
    await expect(authenticate(headers)).rejects.toMatchObject(refusal);
  });

  it('is nothing but itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .oneof(fc.string(), fc.string({ unit: 'binary' }))
          .filter((text) => ![current, previous].includes(text)),
        async (text) => {
          await expect(authenticate({ [header]: text })).rejects.toMatchObject(refusal);
        },
      ),
    );
  });
});
