import { LRUCache } from 'lru-cache';
import type { UsageError } from '../errors.js';
import type { Iccid } from '../iccid.js';
import type { UsageReading } from '../usage.js';
import { createFrequent } from './frequent.js';
import { createPackedReadings } from './packed-readings.js';

/** How the attempts to read an eSIM have failed since its newest reading. */
export interface Failure {
  readonly error: UsageError;
  readonly untilMs: number;
  readonly inARow: number;
}

/** What is known of one ICCID. */
export interface Known {
  readonly reading: UsageReading | null;
  readonly failure: Failure | null;
  /** How often the reading was served. */
  readonly served: number;
}

export interface EntriesOptions {
  /** Most that are kept; the least recently asked go first. */
  readonly most: number;
  /** Most readings that are at hand as objects: those that are asked for most often. */
  readonly mostObjects: number;
  /** Told of each that has gone for another. */
  readonly onEvict: (iccid: Iccid) => void;
}

/** What is known of many ICCIDs. An entry is a number, and good until the next change. */
export interface Entries {
  /** Counts as asked. Undefined where nothing is known. */
  find(iccid: Iccid): number | undefined;
  /** Only looks. Undefined of what is no ICCID, too. */
  peek(text: string): number | undefined;
  /** Equal each time, and mostly the same object where it is asked for often. */
  readingOf(entry: number): UsageReading | null;
  failureOf(entry: number): Failure | null;
  /** How often the reading was served. */
  servedOf(entry: number): number;
  /** Counts that it was served. Tells how often by now. */
  serve(entry: number): number;
  /** Marks it as taken by the operation of that number. False if that was the last to take it. */
  take(entry: number, operation: number): boolean;
  /** Whether it is known that the reading will be fetched again. */
  isPlanned(entry: number): boolean;
  setPlanned(entry: number, isPlanned: boolean): void;
  /** In place of what was known. Counts as asked. */
  set(iccid: Iccid, known: Known): void;
  delete(iccid: Iccid): void;
  size(): number;
}

/** Keeps nothing for an ordinary reading that a garbage collection must look at, but its ICCID. */
export function createEntries({ most, mostObjects, onEvict }: EntriesOptions): Entries {
  // One more than are kept: a new one is written before the oldest goes.
  const places = most + 1;
  const iccids: Iccid[] = [];
  const packed = createPackedReadings(places);
  const counts = new DataView(new ArrayBuffer(places * countBytes));
  const takenBy = new Int32Array(places);
  const planned = new Uint8Array(places);
  const failures = new Map<number, Failure>();
  /** What cannot be packed. */
  const unusual = new Map<number, UsageReading>();
  const objects = createFrequent<UsageReading>(Math.min(places, mostObjects));
  const free: number[] = [];
  const entries = new LRUCache<string, number>({
    max: most,
    dispose(entry, _iccid, reason) {
      write(entry, nothing);
      free.push(entry);
      const iccid = iccids[entry];
      if (reason === 'evict' && iccid !== undefined) onEvict(iccid);
    },
  });

  function write(entry: number, { reading, failure, served }: Known): void {
    objects.forget(entry);
    if (packed.write(entry, reading) || reading === null) unusual.delete(entry);
    else unusual.set(entry, reading);
    if (failure === null) failures.delete(entry);
    else failures.set(entry, failure);
    counts.setUint32(entry * countBytes, served);
    takenBy[entry] = -1;
    planned[entry] = 0;
  }

  function readAgain(entry: number): UsageReading | null {
    const iccid = iccids[entry];
    const reading = iccid === undefined ? null : packed.read(entry, iccid);
    if (reading === null) return unusual.get(entry) ?? null;
    objects.offer(entry, reading);
    return reading;
  }

  return {
    find: (iccid) => entries.get(iccid),
    peek: (text) => entries.peek(text),
    readingOf: (entry) => objects.get(entry) ?? readAgain(entry),
    failureOf: (entry) => failures.get(entry) ?? null,
    servedOf: (entry) => counts.getUint32(entry * countBytes),
    serve(entry) {
      const count = counts.getUint32(entry * countBytes) + 1;
      counts.setUint32(entry * countBytes, count);
      return count;
    },
    take(entry, operation) {
      if (takenBy[entry] === operation) return false;
      takenBy[entry] = operation;
      return true;
    },
    isPlanned: (entry) => planned[entry] === 1,
    setPlanned(entry, isPlanned) {
      planned[entry] = isPlanned ? 1 : 0;
    },
    set(iccid, known) {
      const old = entries.get(iccid);
      const entry = old ?? free.pop() ?? iccids.length;
      write(entry, known);
      if (old !== undefined) return;
      iccids[entry] = iccid;
      entries.set(iccid, entry);
    },
    delete: (iccid) => void entries.delete(iccid),
    size: () => entries.size,
  };
}

/** Of a count. */
const countBytes = 4;
/** Known of an ICCID that nobody has asked for. */
export const nothing: Known = { reading: null, failure: null, served: 0 };
