import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import type { AuthSettings } from '../auth/settings.js';
import { isConfidential, isLoopback } from '../loopback.js';
import { scopeSets } from './scope-sets.js';
import { hasSecret, readSecret, readText } from './secrets.js';

type Given = Record<string, string>;

/** Its key material is looked at when it is used. At least one key must be one that a provider can sign with. */
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) })).min(1) });

/** What belongs to which kind of authentication. */
const shapes = {
  secret: {
    // A field name (RFC 9110).
    ROUTER_SECRET_HEADER: z
      .string()
      .regex(/^[!#$%&'*+.^`|~\w-]+$/)
      .toLowerCase()
      .default('router-authorization'),
  },
  jwt: {
    JWT_ISSUER: z.string(),
    JWT_AUDIENCE: z.string(),
    JWT_JWKS_URL: z
      .string()
      .refine((text) => URL.canParse(text) && isConfidential(new URL(text)))
      .transform((text) => new URL(text))
      .optional(),
    JWT_JWKS_FILE: z.string().transform(readKeySet).optional(),
    JWT_CLOCK_TOLERANCE_SECONDS: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(z.number().max(300))
      .default(5),
    JWT_SCOPES: scopeSets.default([]),
    JWT_ICCIDS_CLAIM: z.string().optional(),
  },
};
const secrets = ['ROUTER_SECRET', 'ROUTER_SECRET_PREVIOUS'] as const;

const expected: Readonly<Record<string, string>> = {
  ROUTER_SECRET_HEADER: 'expected the name of a header',
  JWT_ISSUER: 'missing: expected the `iss` of the tokens',
  JWT_AUDIENCE: 'missing: expected the `aud` of the tokens',
  JWT_JWKS_URL: 'expected an https: URL (http: only for this machine)',
  JWT_JWKS_FILE: 'expected the path of a JSON Web Key Set with public keys',
  JWT_CLOCK_TOLERANCE_SECONDS: 'expected a whole number from 0 to 300',
};

/** Who may ask, as the environment says. Adds a line for each fault, without its value. */
export function readAuth(given: Given, host: string, faults: string[]): AuthSettings {
  refuseStrays(given, faults);
  switch (given.AUTH) {
    case 'secret':
      return readSharedSecret(given, faults);
    case 'jwt':
      return readBearer(given, faults);
    case 'none':
      break;
    case undefined:
      if (!isLoopback(host))
        faults.push('AUTH: missing: expected none, secret or jwt, because HOST is reached from elsewhere');
      break;
    default:
      faults.push('AUTH: expected none, secret or jwt');
  }
  return { kind: 'none' };
}

/** The variables of one kind of authentication. */
function variablesOf(kind: keyof typeof shapes): string[] {
  const named = Object.keys(shapes[kind]);
  return kind === 'jwt' ? named : [...secrets.flatMap((name) => [name, `${name}_FILE`]), ...named];
}

/** All variables of this file. */
export const authVariables = ['AUTH', ...variablesOf('secret'), ...variablesOf('jwt')];

/** Whoever sets one that means nothing believes to be safer than they are. */
function refuseStrays(given: Given, faults: string[]): void {
  for (const [kind, prefix] of [
    ['secret', 'ROUTER_SECRET'],
    ['jwt', 'JWT_'],
  ] as const)
    for (const variable of Object.keys(given).filter((name) => name.startsWith(prefix))) {
      if (!variablesOf(kind).includes(variable)) faults.push(`${variable}: there is no such variable`);
      else if (given.AUTH !== kind) faults.push(`${variable}: expected only with AUTH=${kind}`);
    }
}

function readSharedSecret(given: Given, faults: string[]): AuthSettings {
  const names = secrets.filter((name, index) => index === 0 || hasSecret(given, name));
  const values = names.map((name) => readSecret(given, name, faults));
  names.forEach((name, index) => {
    // What may stand in a header, and nobody guesses.
    if (values[index] !== '' && !/^[\x21-\x7e]{16,}$/.test(values[index] ?? ''))
      faults.push(`${name}: expected at least 16 characters, without spaces`);
  });
  const parsed = z.object(shapes.secret).safeParse(given);
  addFaults(parsed.error, faults);
  return { kind: 'secret', header: parsed.data?.ROUTER_SECRET_HEADER ?? '', secrets: values };
}

function readBearer(given: Given, faults: string[]): AuthSettings {
  const parsed = z.object(shapes.jwt).safeParse(given);
  addFaults(parsed.error, faults);
  if ((given.JWT_JWKS_URL === undefined) === (given.JWT_JWKS_FILE === undefined))
    faults.push('JWT_JWKS_URL: expected either this or JWT_JWKS_FILE');
  const { data } = parsed;
  const keys = data?.JWT_JWKS_URL ?? data?.JWT_JWKS_FILE;
  // There are faults then.
  if (data === undefined || keys === undefined) return { kind: 'none' };
  return {
    kind: 'jwt',
    keys,
    issuer: data.JWT_ISSUER,
    audience: data.JWT_AUDIENCE,
    clockToleranceSeconds: data.JWT_CLOCK_TOLERANCE_SECONDS,
    scopes: data.JWT_SCOPES,
    iccidsClaim: data.JWT_ICCIDS_CLAIM ?? null,
  };
}

function addFaults(error: z.ZodError | undefined, faults: string[]): void {
  for (const { path } of error?.issues ?? []) faults.push(`${String(path[0])}: ${expected[String(path[0])]}`);
}

function readKeySet(path: string, context: z.RefinementCtx): JSONWebKeySet {
  try {
    return keySet.parse(JSON.parse(readText(path)));
  } catch {
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  }
}
