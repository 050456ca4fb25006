import { type DocumentNode, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createAtHand, type Named } from '../../src/at-hand.js';
import { createFastLane, type FastLane } from '../../src/fast-lane/lane.js';
import { readingNames } from '../../src/schema/reading-names.js';
import { createSchema } from '../../src/schema/schema.js';
import type { UsageReading } from '../../src/usage.js';
import { iccidNumber } from '../support/iccids.js';
import { createManualClock } from '../support/manual-clock.js';
import { readingOf } from '../support/readings.js';

const { schema } = createSchema({ federation: true });
const iccid = iccidNumber(1);

/** A lane over readings that a test sets. */
function createRig() {
  const clock = createManualClock();
  const readings = new Map<string, UsageReading>([[iccid, readingOf(iccid, clock.now())]]);
  const looked: (readonly Named[])[] = [];
  let shiftMs = 0;
  const atHand = createAtHand<undefined>({
    cache: {
      peek: (wanted) => readings.get(wanted) ?? null,
      take: () => true,
    },
    clock: { ...clock, toDate: (atMs) => new Date(clock.toDate(atMs).getTime() + shiftMs) },
    report: () => undefined,
    maxIccids: 10,
    maxReferences: 10,
    cacheScope: 'PRIVATE',
    names: readingNames({}),
  });
  const lane = createFastLane<undefined>({
    schema,
    atHand: {
      ...atHand,
      fresh(named, request) {
        looked.push(named);
        return atHand.fresh(named, request);
      },
    },
  });
  return {
    lane,
    readings,
    looked,
    clock,
    setCalendar(ms: number) {
      shiftMs = ms;
    },
  };
}

interface Asked {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string | null;
}

const questionOf = ({ query, variables = {}, operationName = null }: Asked) => ({
  query,
  variables,
  operationName,
});

function operationIn(document: DocumentNode, name: string | null): OperationDefinitionNode {
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const found = operations.find((each) => name === null || each.name?.value === name);
  if (found === undefined) throw new TypeError(`no operation ${name}`);
  return found;
}

/** Tells the lane that graphql-js has answered so. */
function learn(lane: FastLane<undefined>, asked: Asked, text: string): void {
  const question = questionOf(asked);
  const document = parse(asked.query);
  const operation = operationIn(document, question.operationName);
  lane.learn({ question, document, operation, text: () => text }, undefined);
}

const status: Asked = { query: `{ esimUsage(iccid: "${iccid}") { ... on EsimUsage { status } } }` };
const active = '{"data":{"esimUsage":{"status":"ACTIVE"}}}\n';

describe('the fast lane', () => {
  it('answers what was answered before, and nothing else', () => {
    const { lane } = createRig();
    expect(lane.answer(questionOf(status), undefined)).toBeNull();
    learn(lane, status, active);
    expect(lane.answer(questionOf(status), undefined)).toMatchObject({
      text: active,
      name: null,
      cacheControl: 'max-age=1200, private',
    });
    for (const asked of [
      { query: `${status.query} ` },
      { ...status, operationName: 'Usage' },
      { query: status.query.replace('status', 'iccid') },
    ])
      expect(lane.answer(questionOf(asked), undefined)).toBeNull();
  });

  it('never takes an operation that it has answered otherwise than graphql-js', () => {
    const { lane } = createRig();
    learn(lane, status, active.replace('ACTIVE', 'EXPIRED'));
    learn(lane, status, active);
    expect(lane.answer(questionOf(status), undefined)).toBeNull();
  });

  it('takes one only when all that it named was fresh, so that both had the same to answer', () => {
    const { lane, readings } = createRig();
    const [reading] = readings.values();
    readings.clear();
    learn(lane, status, active);
    if (reading !== undefined) readings.set(iccid, reading);
    expect(lane.answer(questionOf(status), undefined)).toBeNull();
    learn(lane, status, active);
    expect(lane.answer(questionOf(status), undefined)).not.toBeNull();
    readings.clear();
    expect(lane.answer(questionOf(status), undefined)).toBeNull();
  });

  it.each<[string, Asked]>([
    ['the schema', { query: '{ __schema { queryType { name } } }' }],
    ['the SDL', { query: '{ _service { sdl } }' }],
    ['nothing that is read', { query: '{ __typename }' }],
    [
      'a reading by way of another',
      { query: status.query.replace('status', 'esim { usage { __typename } }') },
    ],
    ['a default', { query: `query ($i: ICCID! = "${iccid}") { esimUsage(iccid: $i) { __typename } }` }],
    [
      'representations in the document',
      {
        query: `{ _entities(representations: [{ __typename: "Esim", iccid: "${iccid}" }]) { ... on Esim { usage { __typename } } } }`,
      },
    ],
    [
      'entities of which nothing is read',
      {
        query: 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
        variables: { r: [{ __typename: 'Esim', iccid }] },
      },
    ],
    ['an empty list', { query: '{ esimUsages(iccids: []) { __typename } }' }],
  ])('leaves %s to graphql-js, without a look at what there is', (_name, asked) => {
    const { lane, looked } = createRig();
    learn(lane, asked, 'x');
    learn(lane, asked, 'x');
    expect(lane.answer(questionOf(asked), undefined)).toBeNull();
    expect(looked.flat()).toEqual([]);
  });

  it.each([
    ['a number', { i: 8_944_465_400_000_267 }],
    ['nothing', {}],
    ['a list', { i: [iccid] }],
    ['what is no ICCID', { i: 'none' }],
    ['one of which there is no reading', { i: iccidNumber(2) }],
  ])('leaves variables that hold %s to graphql-js', (_name, variables) => {
    const { lane } = createRig();
    const query = 'query ($i: ICCID!) { esimUsage(iccid: $i) { ... on EsimUsage { status } } }';
    learn(lane, { query, variables: { i: iccid } }, active);
    expect(lane.answer(questionOf({ query, variables: { i: iccid } }), undefined)).not.toBeNull();
    expect(lane.answer(questionOf({ query, variables }), undefined)).toBeNull();
  });

  it('knows the operations of a document, and each way that its Booleans make, apart', () => {
    const { lane } = createRig();
    const query = `
      query Status($more: Boolean!) { esimUsage(iccid: "${iccid}") { ... on EsimUsage { status environment @include(if: $more) } } }
      query Other { esimUsage(iccid: "${iccid}") { ... on EsimUsage { iccid } } }
    `;
    const more = { query, operationName: 'Status', variables: { more: true } };
    const less = { ...more, variables: { more: false } };
    learn(lane, less, active);
    expect(lane.answer(questionOf(less), undefined)).toMatchObject({ text: active, name: 'Status' });
    expect(lane.answer(questionOf(more), undefined)).toBeNull();
    learn(lane, more, '{"data":{"esimUsage":{"status":"ACTIVE","environment":"PRODUCTION"}}}\n');
    expect(lane.answer(questionOf(more), undefined)).not.toBeNull();
    expect(lane.answer(questionOf({ query, operationName: 'Other' }), undefined)).toBeNull();
    for (const value of ['true', 1, null, undefined])
      expect(lane.answer(questionOf({ ...more, variables: { more: value } }), undefined)).toBeNull();
  });

  it('makes dates anew when the calendar is set', () => {
    const { lane, setCalendar } = createRig();
    const asked = {
      query: `{ esimUsage(iccid: "${iccid}") { ... on EsimUsage { freshness { fetchedAt } } } }`,
    };
    const answer = (fetchedAt: string) =>
      `{"data":{"esimUsage":{"freshness":{"fetchedAt":"${fetchedAt}"}}}}\n`;
    learn(lane, asked, answer('2026-01-01T00:00:01.000Z'));
    const first = lane.answer(questionOf(asked), undefined);
    expect(first?.text).toBe(answer('2026-01-01T00:00:01.000Z'));
    setCalendar(3_600_000);
    expect(lane.answer(questionOf(asked), undefined)?.text).toBe(answer('2026-01-01T01:00:01.000Z'));
  });

  it('forgets the oldest of very many documents', () => {
    const { lane } = createRig();
    const asked = (index: number): Asked => ({
      query: `${status.query} # ${String(index).padStart(1_000, '0')}`,
    });
    for (let index = 0; index < 300; index += 1) learn(lane, asked(index), active);
    expect(lane.answer(questionOf(asked(0)), undefined)).toBeNull();
    expect(lane.answer(questionOf(asked(299)), undefined)).not.toBeNull();
  });

  it('knows no more than so many ways of one document', () => {
    const { lane } = createRig();
    const names = Array.from({ length: 8 }, (_, at) => `b${at}`);
    const query = `query (${names.map((name) => `$${name}: Boolean!`).join()}) {
      esimUsage(iccid: "${iccid}") { ... on EsimUsage { status ${names.map((name) => `${name}: iccid @skip(if: $${name})`).join(' ')} } }
    }`;
    const ways = Array.from({ length: 256 }, (_, bits) => ({
      query,
      variables: Object.fromEntries(names.map((name, at) => [name, (bits & (1 << at)) !== 0])),
    }));
    for (const asked of ways) {
      const shown = names
        .filter((name) => asked.variables[name] !== true)
        .map((name) => `,"${name}":"${iccid}"`);
      learn(lane, asked, `{"data":{"esimUsage":{"status":"ACTIVE"${shown.join('')}}}}\n`);
    }
    expect(ways.filter((asked) => lane.answer(questionOf(asked), undefined) !== null)).toHaveLength(64);
  });
});
