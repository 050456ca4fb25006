import { describe, expect, it } from 'vitest';
import { createSchema } from '../src/schema/schema.js';
import { startProcess } from './support/start-process.js';

async function printed(flags: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { output, exitCode } = startProcess(['print-schema', ...flags], environment);
  return { code: await exitCode, ...output };
}

describe('print-schema', () => {
  it('prints the SDL of the subgraph', async () => {
    expect(await printed([])).toEqual({
      code: 0,
      stdout: createSchema({ federation: true }).typeDefs,
      stderr: '',
    });
  });

  it('takes every option as a flag', async () => {
    const flags = [
      ['--entity', 'Sim'],
      ['--key', 'id'],
      ['--key-type', 'String'],
      ['--prefix', 'Acme'],
      ['--entity-only'],
      ['--authenticated'],
      ['--scopes', 'usage:read sims:read, support'],
      ['--tags', 'public, partner'],
    ];
    const { typeDefs } = createSchema({
      federation: true,
      entity: 'Sim',
      entityKey: 'id',
      entityKeyType: 'String',
      typePrefix: 'Acme',
      rootFields: false,
      authenticated: true,
      scopes: [['usage:read', 'sims:read'], ['support']],
      tags: ['public', 'partner'],
    });
    expect(await printed(flags.flat())).toEqual({ code: 0, stdout: typeDefs, stderr: '' });
  });

  it('takes what the environment says, as the gateway does, unless a flag says otherwise', async () => {
    const environment = { ESIM_SCHEMA_ENTITY: 'Sim', ESIM_SCHEMA_ENTITY_KEY: 'id' };
    const { typeDefs } = createSchema({ federation: true, entity: 'Card', entityKey: 'id' });
    expect(await printed(['--entity', 'Card'], environment)).toMatchObject({ code: 0, stdout: typeDefs });
  });

  it('prints the SDL of a schema of its own', async () => {
    expect(await printed(['--plain'])).toMatchObject({ code: 0, stdout: createSchema().typeDefs });
  });

  it('explains itself', async () => {
    const { code, stdout } = await printed(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^esim-usage-gateway print-schema \[flags\]\n/);
  });

  it.each([
    [['--no-such-flag'], 64, /^Unknown option '--no-such-flag'/],
    [['--entity'], 64, /argument missing/],
    [['--key', 'usage'], 78, /ESIM_SCHEMA_ENTITY_KEY: expected the name of a GraphQL field other than usage/],
    [['--scopes', ','], 78, /ESIM_SCHEMA_SCOPES: expected sets of scopes/],
    [['--entity', 'EsimUsage'], 78, /ESIM_SCHEMA_ENTITY: expected a name that no other type has/],
  ])('says what is wrong with %j', async (flags, code, message) => {
    const result = await printed(flags);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
  });
});
