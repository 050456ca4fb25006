import fc from 'fast-check';
import { playSchedule } from '../support/play-schedule.js';
import { anySchedule } from '../support/schedules.js';

/**
 * Plays very many random schedules with the line, each with its own limit, in virtual time, and prints how many, the most arrivals
 * in any one window and how long it took. Fails when one of them shows what must never be: prints its seed and its smallest form.
 */
const runs = 100_000;

const beganMs = performance.now();
const most = new Map<number, { limit: number; 'most arrivals in a window': number; schedules: number }>();

const details = fc.check(
  fc.property(anySchedule, (schedule) => {
    const { faults, mostArrivals } = playSchedule(schedule);
    const { requests } = schedule;
    const sofar = most.get(requests);
    most.set(requests, {
      limit: requests,
      'most arrivals in a window': Math.max(mostArrivals, sofar?.['most arrivals in a window'] ?? 0),
      schedules: 1 + (sofar?.schedules ?? 0),
    });
    if (faults.length > 0) throw new Error(faults.join(', '));
  }),
  { numRuns: runs },
);

console.table([...most.values()].sort((a, b) => a.limit - b.limit));
console.log(`${details.numRuns} schedules in ${((performance.now() - beganMs) / 1_000).toFixed(1)} s`);
if (details.failed) {
  console.error(fc.defaultReportMessage(details));
  process.exitCode = 1;
}
