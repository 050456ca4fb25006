import { scenarioIccids } from 'esim-usage-gateway/simulator';
import { request } from 'undici';
import { expect, it } from 'vitest';
import { startProcess } from '../support/start-process.js';

it('the example prints the spans of an operation, whose trace the log names', async () => {
  // As `node --import` does, which the documentation shows.
  const example = new URL('../../examples/tracing.mjs', import.meta.url);
  const { printed, output } = startProcess(['--simulator'], { NODE_OPTIONS: `--import ${example}` });
  const [url = ''] = await printed(/http:\S+\/graphql/);
  const query = `{ esimUsage(iccid: "${scenarioIccids.dataPlan}") { __typename } }`;
  const { body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  expect(await body.json()).toEqual({ data: { esimUsage: { __typename: 'EsimUsage' } } });
  const [, traceId] = await printed(/"traceId":"([0-9a-f]{32})".*"operation\.ended"/);
  await printed(/name: 'query'/);
  const spans = output.stdout.match(/(?<=^ {2}name: ').*(?=')/gm);
  expect(spans?.sort()).toEqual([
    'esim_usage.batch',
    'esim_usage.call',
    'esim_usage.fetch',
    'esim_usage.token',
    'esim_usage.wait',
    'query',
  ]);
  expect(new Set(output.stdout.match(/(?<=^ {2}traceId: ').*(?=')/gm))).toEqual(new Set([traceId]));
});
