import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutput } from '../src/output.js';
import { createManualClock, type ManualClock } from './support/manual-clock.js';

/** A stream that takes one line at a time, each when it is told to. */
function createSlowStream() {
  const taken: string[] = [];
  let done: (() => void) | undefined;
  const stream = new Writable({
    decodeStrings: false,
    highWaterMark: 1,
    write(line, _encoding, next) {
      taken.push(String(line));
      done = next;
    },
  });
  return { stream, taken, take: () => done?.() };
}

function createRig(clock: ManualClock = createManualClock()) {
  const { stream, taken, take } = createSlowStream();
  const dropped: number[] = [];
  const output = createOutput({ stream, maxWaiting: 6, onDropped: (lines) => dropped.push(lines), clock });
  return { stream, taken, take, dropped, output, clock };
}

/** Until the stream has told what it has to tell. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('an output', () => {
  it('writes lines in their order', async () => {
    const { output, taken, take } = createRig();
    output.write('1\n');
    output.write('2\n');
    take();
    await settle();
    expect(taken).toEqual(['1\n', '2\n']);
  });

  it('drops what comes while nobody reads, and says how many lines when there is room again', async () => {
    const { output, taken, take, dropped } = createRig();
    for (const line of ['1\n', '2\n', '3\n', '4\n', '5\n']) output.write(line);
    expect(dropped).toEqual([]);
    for (const _line of '123') {
      take();
      await settle();
    }
    expect(dropped).toEqual([2]);
    output.write('6\n');
    take();
    await settle();
    expect(taken).toEqual(['1\n', '2\n', '3\n', '6\n']);
    expect(dropped).toEqual([2]);
  });

  it('counts each of the lines that come together', async () => {
    const { output, take, dropped } = createRig();
    output.write('1\n2\n', 2);
    output.write('3\n4\n', 2);
    take();
    await settle();
    expect(dropped).toEqual([2]);
  });

  it('drops what comes when nobody will ever read again', async () => {
    const { output, stream, taken } = createRig();
    stream.on('error', () => undefined);
    stream.destroy(new Error('EPIPE'));
    await settle();
    output.write('1\n');
    await output.flush(1_000);
    expect(taken).toEqual([]);
  });

  it('is flushed once its last line is taken', async () => {
    const { output, take, clock } = createRig();
    output.write('1\n');
    let isFlushed = false;
    const flushed = output.flush(1_000).then(() => {
      isFlushed = true;
    });
    await settle();
    expect(isFlushed).toBe(false);
    for (const _line of '1 ') {
      take();
      await settle();
    }
    await flushed;
    expect(clock.pending).toBe(0);
  });

  it('is waited for no longer than that', async () => {
    const { output, clock } = createRig();
    output.write('1\n');
    const flushed = output.flush(1_000);
    await clock.advance(1_000);
    await flushed;
  });
});
