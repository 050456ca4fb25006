import { describe, expect, it } from 'vitest';
import { createLineBatch } from '../src/line-batch.js';
import { createManualClock } from './support/manual-clock.js';

function createRig() {
  const clock = createManualClock();
  const written: [text: string, lines: number][] = [];
  const batch = createLineBatch({ write: (text, lines) => written.push([text, lines]), clock });
  return { ...batch, clock, written };
}

describe('a batch of lines', () => {
  it('is written at once, in order, a moment after its first line', async () => {
    const { add, clock, written } = createRig();
    add('1\n');
    await clock.advance(4);
    add('2\n');
    expect(written).toEqual([]);
    await clock.advance(1);
    expect(written).toEqual([['1\n2\n', 2]]);
    add('3\n');
    await clock.advance(5);
    expect(written).toEqual([
      ['1\n2\n', 2],
      ['3\n', 1],
    ]);
  });

  it('is written when it is told to, and then not again', async () => {
    const { add, flush, clock, written } = createRig();
    flush();
    expect(written).toEqual([]);
    add('1\n');
    flush();
    expect(written).toEqual([['1\n', 1]]);
    expect(clock.pending).toBe(0);
    await clock.advance(5);
    flush();
    expect(written).toEqual([['1\n', 1]]);
  });

  it('does not wait when it is long', () => {
    const { add, clock, written } = createRig();
    const line = `${'x'.repeat(8_191)}\n`;
    add(line);
    expect(written).toEqual([]);
    add(line);
    expect(written).toEqual([[line + line, 2]]);
    expect(clock.pending).toBe(0);
  });
});
