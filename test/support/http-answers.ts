/** An answer as it stood on the wire. */
export interface WireAnswer {
  readonly status: number;
  /** By their names in lower case; what came twice is joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Reads the answers that these bytes, one character each, begin with; `rest` is what is no whole answer. */
export function readAnswers(bytes: string): {
  readonly answers: readonly WireAnswer[];
  readonly rest: string;
} {
  const answers: WireAnswer[] = [];
  let rest = bytes;
  for (let read = readAnswer(rest); read !== null; read = readAnswer(rest)) {
    answers.push(read.answer);
    rest = read.rest;
  }
  return { answers, rest };
}

function readAnswer(bytes: string): { answer: WireAnswer; rest: string } | null {
  const [, version, status = '', lines = ''] =
    /^(HTTP\/1\.1) (\d{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(bytes) ?? [];
  if (version === undefined) return null;
  const headers: Record<string, string> = {};
  for (const line of lines.split('\r\n').slice(0, -1)) {
    const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    const known = headers[name.toLowerCase()];
    headers[name.toLowerCase()] = known === undefined ? value : `${known}, ${value}`;
  }
  const begin = bytes.indexOf('\r\n\r\n') + 4;
  // The answer to a HEAD says how long a body would be that it does not have.
  const isBodiless = /^(1..|204|304)$/.test(status) || bytes.startsWith(version, begin);
  const end = begin + (isBodiless ? 0 : Number(headers['content-length'] ?? Number.NaN));
  if (!(end <= bytes.length)) return null;
  const text = Buffer.from(bytes.slice(begin, end), 'latin1').toString();
  return { answer: { status: Number(status), headers, text }, rest: bytes.slice(end) };
}
