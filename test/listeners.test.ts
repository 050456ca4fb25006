import { describe, expect, it } from 'vitest';
import { createHealth } from '../src/health.js';
import { createTell, type Listener, type ProcessEvent } from '../src/listeners.js';
import { iccidNumber } from './support/iccids.js';
import { createLogLines } from './support/log-lines.js';
import { createManualClock } from './support/manual-clock.js';

const iccid = iccidNumber(1);
const hit: ProcessEvent = { type: 'cache.hit', iccid };
const fill: ProcessEvent = { type: 'cache.fill', iccid };
const renewed: ProcessEvent = { type: 'token.renewed', lifetimeMs: 1 };

/** One who notes what it is told. */
function createNoter(name: string, told: string[], hears?: Listener['hears']): Listener {
  return { report: ({ type }) => told.push(`${name}: ${type}`), ...(hears && { hears }) };
}

describe('an event', () => {
  it('is told to those who hear it, in their order, and to those who do not say what they hear', () => {
    const told: string[] = [];
    const tell = createTell([
      createNoter('first', told, (type) => type === 'cache.fill'),
      createNoter('second', told),
      createNoter('third', told, (type) => type !== 'cache.hit'),
    ]);
    for (const event of [hit, fill, renewed]) tell(event);
    expect(told).toEqual([
      'second: cache.hit',
      'first: cache.fill',
      'second: cache.fill',
      'third: cache.fill',
      'second: token.renewed',
      'third: token.renewed',
    ]);
  });

  it('asks each but once whether it hears the type', () => {
    const asked: string[] = [];
    const hears = (type: string): boolean => asked.push(type) > 0;
    const tell = createTell([createNoter('first', [], hears)]);
    for (const event of [hit, hit, fill, hit]) tell(event);
    expect(asked).toEqual(['cache.hit', 'cache.fill']);
  });

  it('that is a hit is for the log only where all is logged, and for the health never', () => {
    expect(createLogLines('debug').hears(hit.type)).toBe(true);
    expect(createLogLines('info').hears(hit.type)).toBe(false);
    expect(createHealth(createManualClock()).hears(hit.type)).toBe(false);
  });

  it('that is the end of an operation is for the log at every level: there may be a bug in it', () => {
    expect(createLogLines('error').hears('operation.ended')).toBe(true);
  });
});
