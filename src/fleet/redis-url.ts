/** What is wrong with a URL, without quoting it: it may hold a password. Null when nothing is. */
export function redisUrlFault(url: string): string | null {
  try {
    const { kind, name } = parseRedisUrl(url);
    return kind === 'sentinel' && name === '' ? 'expected the name of the master after the sentinels' : null;
  } catch {
    return 'expected a URL such as redis://host:6379, rediss://user:password@host:6379, redis+cluster://host,host or redis+sentinel://host,host/name';
  }
}

/** The password in a URL. Null when there is none. */
export function passwordIn(url: string): string | null {
  return parseRedisUrl(url).password || null;
}

interface Target {
  readonly kind: 'single' | 'cluster' | 'sentinel';
  readonly tls: boolean;
  readonly username: string;
  readonly password: string;
  readonly nodes: readonly [Node, ...Node[]];
  readonly database: number;
  /** Of a sentinel's master. */
  readonly name: string;
}

interface Node {
  readonly host: string;
  readonly port: number;
}

const defaultPort = { single: 6_379, cluster: 6_379, sentinel: 26_379 };

/** Throws a `TypeError` for a URL with a fault. */
export function parseRedisUrl(url: string): Target {
  const match =
    /^redis(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^@/?#]+)(?:\/([^/?#]*))?$/.exec(
      url,
    );
  if (match === null) throw new TypeError('no URL of Redis');
  const [, secure, scheme, username = '', password = '', hosts = '', path = ''] = match;
  const kind = scheme === 'cluster' || scheme === 'sentinel' ? scheme : 'single';
  const [first = '', ...others] = hosts.split(',');
  if (kind === 'single' && others.length > 0) throw new TypeError('one host');
  if (kind !== 'sentinel' && !/^\d{0,3}$/.test(path)) throw new TypeError('no database');
  return {
    kind,
    tls: secure === 's',
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    nodes: [nodeOf(first, kind), ...others.map((host) => nodeOf(host, kind))],
    database: kind === 'single' ? Number(path) : 0,
    name: decodeURIComponent(path),
  };
}

function nodeOf(text: string, kind: Target['kind']): Node {
  const url = new URL(`http://${text}`);
  if (url.host === '') throw new TypeError('no host');
  // `http:` leaves its own port out.
  const port = /:(\d+)$/.exec(text)?.[1] ?? defaultPort[kind];
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}
