import { setTimeout } from 'node:timers/promises';
import { fleetIccids, type Simulator } from 'esim-usage-gateway/simulator';
import { graphql } from 'graphql';
import { describe, it, type TestContext } from 'vitest';
import { z } from 'zod';
import { createSystemClock } from '../../src/clock.js';
import type { BuiltGateway } from '../support/built-gateway.js';
import { type FleetMembers, type Member, startFleet } from '../support/fleet-members.js';
import { createLatch } from '../support/latch.js';
import { lacksRedis, startRedisServer } from '../support/redis-server.js';

const companyRequests = 5;
const hourMs = 3_600_000;
/** Does not wait for a lost Redis to come back. */
const impatient = { deadlineMs: 400 };
const answer = z.object({ data: z.object({ esimUsage: z.unknown() }) });
/** Each test waits in real time, some of them for leases and guards, so all do so together. */
const together = { concurrent: true, skip: lacksRedis(), timeout: 60_000 };
const patiently = { timeout: 30_000, interval: 50 };

interface Scene extends FleetMembers {
  readonly member: Member;
  /** That nobody has read. */
  readonly cold: string;
}

/** Something that Redis can suffer. */
interface Harm {
  readonly name: string;
  do(scene: Scene): Promise<unknown>;
  undo(scene: Scene): Promise<unknown>;
}

describe('a fleet', together, () => {
  it('I1 starts without Redis: live and degraded, it refuses what is cold, and reads once Redis is there', async (context) => {
    const { expect } = context;
    const { redis, start, calls } = await startFleet(context);
    await redis.kill();
    const gateway = await start({ ESIM_USAGE_DEADLINE_MS: String(impatient.deadlineMs) });
    expect(await get(gateway, '/health/live')).toEqual({ status: 'live' });
    await expect
      .poll(() => get(gateway, '/health/ready'), patiently)
      .toEqual({ status: 'degraded', reasons: ['shared state lost'] });
    const [iccid = ''] = fleetIccids(1);
    expect(await ask(gateway, iccid)).toEqual({ code: 'THROTTLED' });
    expect(calls()).toBe(0);

    await redis.restart();
    await expect.poll(() => ask(gateway, iccid), patiently).toEqual({ iccid });
    // What it tells Redis of that may be late by more than it waits, and then it is degraded for a second more.
    await expect.poll(() => get(gateway, '/health/ready'), patiently).toEqual({ status: 'ready' });
  });

  it.for<Harm>([
    { name: 'dies', do: ({ redis }) => redis.kill(), undo: ({ redis }) => redis.restart() },
    { name: 'freezes', do: async ({ redis }) => redis.freeze(), undo: async ({ redis }) => redis.thaw() },
    {
      name: 'takes 500 ms',
      do: async ({ wire }) => wire.delay(() => 500),
      undo: async ({ wire }) => wire.delay(() => 0),
    },
  ])('I2 serves what it has and sends nothing while Redis $name', async (harm, context) => {
    const { expect } = context;
    const { mostInASecond } = await survive(harm, context);
    expect(mostInASecond()).toBeLessThanOrEqual(companyRequests);
  });

  it.for<Harm>([
    { name: 'is full', do: ({ redis }) => redis.setFull(true), undo: ({ redis }) => redis.setFull(false) },
    {
      name: 'is read-only',
      do: ({ redis }) => redis.setReadOnly(true),
      undo: ({ redis }) => redis.setReadOnly(false),
    },
  ])('I4 serves what it has and sends nothing while Redis $name, and says so once', async (harm, context) => {
    const { expect } = context;
    const triedTwice = {
      ...harm,
      async do(at: Scene) {
        await harm.do(at);
        await at.member.read(at.cold);
        await expect
          .poll(() => at.redis.command('INFO', 'commandstats'), patiently)
          .toMatch(/^cmdstat_set:.*,rejected_calls=([2-9]|\d\d)/m);
      },
    };
    const { member } = await survive(triedTwice, context);
    const told = member.events.map(({ type }) => type).filter((type) => type.startsWith('fleet.'));
    // A machine that is busy can make it late once more.
    expect(told.filter((type) => type !== 'fleet.hit').join(' ')).toMatch(
      /^fleet\.lost( fleet\.found fleet\.lost)*( fleet\.found)?$/,
    );
  });

  it.for([
    { name: 'FLUSHALL', lose: ({ redis }: FleetMembers) => redis.command('FLUSHALL') },
    { name: 'a restart', lose: ({ redis }: FleetMembers) => redis.restart() },
  ])(
    'I3 keeps to the limit through $name, and reads none more than once again',
    async ({ lose }, context) => {
      const fleet = await startFleet(context);
      await readAllThrough(context, fleet, [fleet.join(), fleet.join()], () => lose(fleet));
    },
  );

  it('I3 keeps to the limit through a failover that loses writes, and reads none more than once again', async (context) => {
    const { expect } = context;
    const fleet = await startFleet(context);
    const heir = await startRedisServer();
    context.onTestFinished(heir.close);
    await heir.command('REPLICAOF', '127.0.0.1', String(fleet.redis.port));
    await expect
      .poll(() => heir.command('INFO', 'replication'), patiently)
      .toContain('master_link_status:up');
    await readAllThrough(context, fleet, [fleet.join(), fleet.join()], async () => {
      await heir.command('REPLICAOF', 'NO', 'ONE');
      const copied = fleet.calls();
      await expect.poll(fleet.calls, patiently).toBeGreaterThan(copied);
      fleet.wire.turnTo(heir.port);
    });
  });

  it('I5 reads anew, and keeps, what cannot be understood in Redis or is about something else', async (context) => {
    const { expect } = context;
    const { redis, join, calls, losses } = await startFleet(context);
    const iccids = fleetIccids(7);
    const remaining = iccids.map((_, index) => 512 + index);
    const readAll = async (member: Member): Promise<(number | undefined)[]> =>
      (await Promise.all(iccids.map(member.readAtLast))).map(({ data }) => data?.remaining);
    const writer = join();
    expect(await readAll(writer)).toEqual(remaining);

    const written = async (): Promise<string[]> =>
      (await redis.command('KEYS', '*:value:8*')).split('\n').sort();
    await expect.poll(written, patiently).toHaveLength(iccids.length);
    // What was late it would write once more, where it is deleted below.
    await writer.module.close();
    const [junk = '', older = '', others = '', untrue = '', type = '', locked = '', counted = ''] =
      await written();
    const text = await redis.command('GET', older);
    await redis.command('SET', junk, '{"kind":');
    await redis.command('SET', older, text.replace('"version":1', '"version":0'));
    await redis.command('SET', others, text);
    await redis.command(
      'SET',
      untrue,
      (await redis.command('GET', untrue)).replace('"remaining":515', '"remaining":3000'),
    );
    for (const key of [type, locked.replace('value', 'lock'), counted.replace('value', 'calls')]) {
      await redis.command('DEL', key);
      await redis.command('RPUSH', key, 'a list');
    }
    await redis.command('DEL', locked, counted);

    expect(await readAll(join())).toEqual(remaining);
    expect(calls()).toBeGreaterThanOrEqual(2 * iccids.length);
    expect(await readAll(join())).toEqual(remaining);
    expect(calls()).toBeLessThanOrEqual(2 * iccids.length + losses());
  });

  it('I5 keeps to the limit when what it counts by is of another type', async (context) => {
    const { expect } = context;
    const { redis, join, mostInASecond } = await startFleet(context);
    const member = join();
    const [first = '', ...others] = fleetIccids(8);
    await member.readAtLast(first);
    const key = await redis.command('KEYS', '*:company');
    await redis.command('SET', key, 'a text');
    await Promise.all(others.map(member.readAtLast));
    expect(mostInASecond()).toBeLessThanOrEqual(companyRequests);
  });

  it('I6 takes over from a replica that died while it was reading', async (context) => {
    const { expect } = context;
    const { simulator, start, join, calls } = await startFleet(context);
    const [iccid = ''] = fleetIccids(1);
    const gateway = await start();
    const isReading = holdUsage(simulator, 1);
    const asked = askUntilDead(gateway, iccid);
    await isReading;
    const member = join();
    const reading = member.readAtLast(iccid);
    await expect.poll(() => member.events.map(({ type }) => type), patiently).toContain('cache.miss');
    gateway.kill();
    simulator.intercept(undefined);
    expect(await reading).toMatchObject({ iccid });
    expect(calls(iccid)).toBe(2);
    await asked;
  });

  it('I7 has the slots of a replica that died once their leases are over', async (context) => {
    const { expect } = context;
    const { simulator, start, join, mostInASecond } = await startFleet(context);
    const [warming = '', cold = '', ...held] = fleetIccids(2 + companyRequests);
    // Longer than it takes until all slots are held at once, the one that the token needed, too.
    const callTimeoutMs = 3_000;
    const gateway = await start({ ESIM_USAGE_CALL_TIMEOUT_MS: String(callTimeoutMs) });
    await expect.poll(() => ask(gateway, warming), patiently).toEqual({ iccid: warming });
    const allHeld = holdUsage(simulator, companyRequests);
    const asked = Promise.all(held.map((iccid) => askUntilDead(gateway, iccid)));
    await allHeld;
    gateway.kill();
    simulator.intercept(undefined);
    expect(await join({ callTimeoutMs }).readAtLast(cold)).toMatchObject({ iccid: cold });
    expect(mostInASecond()).toBeLessThanOrEqual(companyRequests);
    await asked;
  });

  it('I8 reads a cold ICCID once, however many replicas are asked for it how often', async (context) => {
    const { expect } = context;
    const { join, calls, losses } = await startFleet(context);
    const [iccid = ''] = fleetIccids(1);
    const members = [join(), join(), join()];
    const readings = await Promise.all(
      members.flatMap((member) => Array.from({ length: 50 }, () => member.readAtLast(iccid))),
    );
    expect(new Set(readings.map(({ data }) => data?.remaining))).toEqual(new Set([512]));
    expect(calls()).toBeLessThanOrEqual(1 + losses());
  });

  it.for([-hourMs, hourMs])(
    'I9 does and says the same when the clock of one replica is off by %i ms',
    async (offMs, context) => {
      const { expect } = context;
      const fleet = await startFleet(context);
      const clock = createSystemClock();
      const toDate = (atMs: number): Date => new Date(clock.toDate(atMs).getTime() + offMs);
      const members = [fleet.join({ clock: { ...clock, toDate } }), fleet.join()];
      const [iccid = '', ...others] = fleetIccids(10);
      for (const member of members) await member.readAtLast(iccid);
      expect(fleet.calls()).toBeLessThanOrEqual(1 + fleet.losses());
      const [off, right] = await Promise.all(members.map((member) => freshness(member, iccid)));
      expect(off).toEqual(right);
      await Promise.all(members.flatMap((member) => others.map(member.readAtLast)));
      expect(fleet.calls()).toBeLessThanOrEqual(10 + fleet.losses());
      expect(fleet.mostInASecond()).toBeLessThanOrEqual(companyRequests);
    },
  );
});

/** While harm is done: what is at hand is served, what is cold is refused and not sent. Afterwards that is read. */
async function survive(harm: Harm, context: TestContext): Promise<Scene> {
  const { expect } = context;
  const fleet = await startFleet(context);
  const member = fleet.join(impatient);
  const [known = '', cold = ''] = fleetIccids(2);
  await member.readAtLast(known);
  const scene = { ...fleet, member, cold };
  await harm.do(scene);
  const refusal = { kind: 'problem', code: 'THROTTLED', retryAfterSeconds: expect.any(Number) };
  const atHand = { kind: 'reading', iccid: known, staleReason: null };
  for (const iccids of [
    [cold, known],
    [known, cold],
  ])
    expect(await Promise.all(iccids.map(member.read))).toMatchObject(
      iccids.map((iccid) => (iccid === cold ? refusal : atHand)),
    );
  expect(fleet.calls()).toBe(1);
  await harm.undo(scene);
  await member.readAtLast(cold);
  expect(fleet.calls()).toBe(2);
  return scene;
}

/** All members read the same, far more than may be read at once, and in the middle of it something is lost. */
async function readAllThrough(
  { expect }: TestContext,
  { calls, losses, mostInASecond, simulator }: FleetMembers,
  members: readonly Member[],
  lose: () => Promise<unknown>,
): Promise<void> {
  const iccids = fleetIccids(12);
  const readings = Promise.all(members.flatMap((member) => iccids.map(member.readAtLast)));
  await expect.poll(calls, patiently).toBeGreaterThan(companyRequests);
  await lose();
  await readings;
  expect(mostInASecond()).toBeLessThanOrEqual(companyRequests);
  expect(simulator.arrivals.filter(({ status }) => status === 429)).toEqual([]);
  expect(iccids.filter((iccid) => calls(iccid) > 2 + losses())).toEqual([]);
}

/** Lets so many usage requests arrive that are never answered. Settles when they have. */
function holdUsage({ intercept }: Pick<Simulator, 'intercept'>, count: number): Promise<unknown> {
  const latch = createLatch();
  let held = 0;
  intercept(({ arrival, reply }) => {
    if (arrival.kind !== 'usage') return undefined;
    held += 1;
    if (held === count) latch.open();
    return { ...reply, kind: 'broken', after: 'nothing', end: 'hang' };
  });
  return latch.opened;
}

async function get({ url }: BuiltGateway, path: string): Promise<unknown> {
  return (await fetch(new URL(path, url))).json();
}

/** What a process answers of one ICCID. */
async function ask({ url }: BuiltGateway, iccid: string): Promise<unknown> {
  const query = `{ esimUsage(iccid: "${iccid}") { ... on EsimUsage { iccid } ... on EsimUsageProblem { code } } }`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return answer.parse(await response.json()).data.esimUsage;
}

/** Again and again, because a busy machine can make Redis late, and then nothing is sent. */
async function askUntilDead(gateway: BuiltGateway, iccid: string): Promise<void> {
  try {
    for (;;) {
      await ask(gateway, iccid);
      await setTimeout(patiently.interval);
    }
  } catch {
    // Nobody answers any more.
  }
}

/** What a member tells its clients of the age of what it has read. */
function freshness({ module }: Member, iccid: string): Promise<unknown> {
  return graphql({
    schema: module.schema,
    source: `{ esimUsage(iccid: "${iccid}") { ... on EsimUsage { freshness { fetchedAt asOfNotBefore freshUntil staleReason } } } }`,
    contextValue: module.createContext(),
  });
}
