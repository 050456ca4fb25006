/** What must never be written down, and what is written instead. */
export interface Secrets {
  /** Hides one more. Of those that are added only the newest are kept: tokens come and end for as long as a process runs. */
  add(secret: string): void;
  /**
   * A text without the secrets, whichever way they are spelled in it, and with every run of digits that could be an ICCID masked. JSON
   * stays JSON, if no number in it has 15 digits.
   */
  scrub(text: string): string;
}

/** A token is used for up to a day; the one before it may still be in what is under way. */
const mostAdded = 4;
/** What is shorter is no secret, and would be found in every line. */
const shortestSecret = 4;
/** The same for what is left of one in the middle of something else that is encoded. */
const shortestEncoded = 8;

const hidden = '[secret]';

/** Keeps `initial` for ever. */
export function createSecrets(initial: readonly string[]): Secrets {
  const kept = initial.flatMap(spellingsOf);
  const added = new Map<string, readonly string[]>();
  let spellings = inOrder(kept);

  return {
    add(secret) {
      added.delete(secret);
      added.set(secret, spellingsOf(secret));
      for (const oldest of [...added.keys()].slice(0, -mostAdded)) added.delete(oldest);
      spellings = inOrder([...kept, ...[...added.values()].flat()]);
    },
    scrub(text) {
      let scrubbed = text;
      for (const spelling of spellings) scrubbed = scrubbed.replaceAll(spelling, hidden);
      return longRun.test(scrubbed) ? scrubbed.replace(digits, maskDigits) : scrubbed;
    },
  };
}

/** Longest first: one may be a part of another. */
function inOrder(spellings: readonly string[]): string[] {
  return [...new Set(spellings)].sort((a, b) => b.length - a.length);
}

/** As it is, in JSON, in a URL or a form, and encoded in base64 by itself or, as in Basic authentication, with something before it. */
function spellingsOf(secret: string): string[] {
  if (secret.length < shortestSecret) return [];
  // Half a character could not be encoded.
  const inUrl = encodeURIComponent(Buffer.from(secret).toString());
  const inForm = new URLSearchParams({ secret }).toString().slice('secret='.length);
  const percent = [inUrl, inForm].flatMap((text) => [
    text,
    text.replace(/%../g, (code) => code.toLowerCase()),
  ]);
  const base64 = [0, 1, 2]
    .map((before) => inBase64(secret, before))
    .filter((text) => text.length >= shortestEncoded);
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [secret, JSON.stringify(secret).slice(1, -1), ...percent, ...base64, ...base64url];
}

/** The characters of base64 that depend on the secret alone, when it comes after so many bytes (of a multiple of three). */
function inBase64(secret: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const encoded = bytes.toString('base64').replace(/=+$/, '');
  const isShared = bytes.length % 3 !== 0;
  return encoded.slice(before === 0 ? 0 : before + 1, isShared ? -1 : undefined);
}

/** Most texts have none, which is told in less than half the time that looking for the others takes. */
const longRun = /\d{15}/;
/**
 * Long runs of digits; and what is to be left as it is: what looks like the beginning of one in JSON and is not, and a trace's id, of which
 * one in 150 has such a run.
 */
const digits = /\\\\|\\u[0-9a-f]{4}|"traceId":"[0-9a-f]{32}"|\d{15,}/gi;

function maskDigits(run: string): string {
  return /^\D/.test(run) ? run : `${run.slice(0, 2)}…${run.slice(-4)}`;
}
