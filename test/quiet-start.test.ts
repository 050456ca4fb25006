import { scenarioIccids } from 'esim-usage-gateway/simulator';
import { expect, it } from 'vitest';
import { createManualClock } from './support/manual-clock.js';
import { startModule } from './support/start-gateway.js';

it('asks nothing, not even for a token, until its quiet start is over', async () => {
  const clock = createManualClock();
  const { module, simulator } = await startModule({ clock, module: { quietStartMs: 3_000 } });
  const result = module.createContext().esimUsage.load(scenarioIccids.dataPlan);
  await clock.advance(2_999);
  expect(simulator.arrivals).toEqual([]);
  await clock.advance(1);
  expect(await result).toMatchObject({ kind: 'reading', iccid: scenarioIccids.dataPlan });
  expect(simulator.arrivals.map(({ kind }) => kind)).toEqual(['token', 'usage']);
});
