/**
 * Loaded into a process before anything else, with `?milliseconds`: SIGWINCH then sets its calendar by so much, as an
 * administrator would set the machine's, and it says `shifted` on standard output.
 */
const { now } = Date;
let shiftMs = 0;

Date.now = () => now() + shiftMs;
globalThis.Date = new Proxy(Date, {
  construct: (date, given, newTarget) =>
    Reflect.construct(date, given.length === 0 ? [date.now()] : given, newTarget),
  apply: (date) => String(new date(date.now())),
});

process.once('SIGWINCH', () => {
  shiftMs = Number(new URL(import.meta.url).search.slice(1));
  process.stdout.write('shifted\n');
});
