import { describe, expect, it } from 'vitest';
import { createBearer } from '../../src/auth/bearer.js';
import { createRecognised } from '../../src/auth/recognised.js';
import { createManualClock } from '../support/manual-clock.js';
import { createTokenIssuer } from '../support/token-issuer.js';

const viewer = { iccids: null };

/** When a token ends that is good for so long from now. */
const endIn = (clock: ReturnType<typeof createManualClock>, seconds: number): number =>
  clock.toDate(clock.now()).getTime() / 1_000 + seconds;

describe('a token that was found good', () => {
  it('is known for a minute', async () => {
    const clock = createManualClock();
    const recognised = createRecognised(clock);
    expect(recognised.get('Bearer a')).toBeNull();
    recognised.add('Bearer a', viewer, endIn(clock, 3_600));
    await clock.advance(59_999);
    expect(recognised.get('Bearer a')).toBe(viewer);
    expect(recognised.get('Bearer b')).toBeNull();
    await clock.advance(1);
    expect(recognised.get('Bearer a')).toBeNull();
  });

  it('is not known any longer than it is good, nor for what clocks may differ by', async () => {
    const clock = createManualClock();
    const recognised = createRecognised(clock);
    recognised.add('Bearer a', viewer, endIn(clock, 10));
    recognised.add('Bearer b', viewer, endIn(clock, -3));
    expect(recognised.get('Bearer b')).toBeNull();
    await clock.advance(9_999);
    expect(recognised.get('Bearer a')).toBe(viewer);
    await clock.advance(1);
    expect(recognised.get('Bearer a')).toBeNull();
  });

  it('is forgotten when a thousand others came after it', () => {
    const clock = createManualClock();
    const recognised = createRecognised(clock);
    for (let index = 0; index <= 1_000; index += 1)
      recognised.add(`Bearer ${index}`, viewer, endIn(clock, 3_600));
    expect(recognised.get('Bearer 0')).toBeNull();
    expect(recognised.get('Bearer 1')).toBe(viewer);
  });

  it('is recognised at once from then on, with what its holder may see, and no other is', async () => {
    const clock = createManualClock();
    const issuer = await createTokenIssuer();
    const { authenticate, recognise } = createBearer(issuer.settings({ iccidsClaim: 'esims' }), {
      clock,
      report: () => undefined,
    });
    const authorization = `Bearer ${await issuer.sign({ claims: { esims: ['8944465400000267221'] } })}`;
    expect(recognise({ authorization })).toBeNull();
    const seen = await authenticate({ authorization });
    expect(recognise({ authorization })).toBe(seen);
    expect(await authenticate({ authorization })).toBe(seen);
    expect(recognise({ authorization: `${authorization}x` })).toBeNull();
    expect(recognise({})).toBeNull();
    const refused = `Bearer ${await issuer.sign({ audience: 'another-service' })}`;
    await expect(authenticate({ authorization: refused })).rejects.toMatchObject({ status: 401 });
    expect(recognise({ authorization: refused })).toBeNull();
  });
});
