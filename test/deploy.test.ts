import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { type Environment, readConfig } from '../src/config/config.js';
import { variables } from '../src/config/variables.js';
import { copyOf, environmentOf, lastOf, letThrough, stagesOf, wordsOf } from './support/dockerfile.js';
import { operation, patched } from './support/json-patch.js';
import { temporaryFile } from './support/temporary-file.js';

const root = new URL('../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(`examples/deploy/${name}`, root), 'utf8');

/** What Node.js reads itself. */
const nodesOwn = ['NODE_ENV'];
/** The longest that a gateway takes to end after its delay, in seconds: to answer, and to write its last lines. */
const endsWithinSeconds = 10.5;

const stages = stagesOf(read('Dockerfile'));
const image = stages.at(-1) ?? { base: '', name: null, instructions: [] };
const imageEnvironment = environmentOf(image);

/** The settings of a unit by their names, those that are given more than once in their order. */
function settingsOf(unit: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  for (const [, name = '', value = ''] of unit.matchAll(/^(\w+)=(.*)$/gm))
    settings.set(name, [...(settings.get(name) ?? []), value]);
  return settings;
}
const unit = settingsOf(read('esim-usage-gateway.service'));
const unitEnvironment = Object.fromEntries(
  (unit.get('Environment') ?? []).flatMap((line) => line.split(' ')).map((pair) => pair.split('=')),
);

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const deploymentShape = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    replicas: z.number(),
    strategy: z.looseObject({ type: z.string() }),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({
      metadata: z.object({
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()),
      }),
      spec: z.object({
        automountServiceAccountToken: z.boolean(),
        enableServiceLinks: z.boolean(),
        terminationGracePeriodSeconds: z.number(),
        securityContext: z.record(z.string(), z.unknown()),
        containers: z.tuple([
          z.object({
            env: z.array(z.object({ name: z.string(), value: z.string() })),
            ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
            startupProbe: probe,
            readinessProbe: probe,
            livenessProbe: probe,
            securityContext: z.record(z.string(), z.unknown()),
            volumeMounts: z.tuple([z.object({ name: z.string(), mountPath: z.string() })]),
          }),
        ]),
        volumes: z.tuple([z.object({ name: z.string(), secret: z.object({ defaultMode: z.number() }) })]),
      }),
    }),
  }),
});
const serviceShape = z.object({
  kind: z.literal('Service'),
  spec: z.object({
    selector: z.record(z.string(), z.string()),
    ports: z.array(z.object({ targetPort: z.string() })),
  }),
});
const policyShape = z.object({
  kind: z.literal('NetworkPolicy'),
  spec: z.object({
    podSelector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    ingress: z.array(z.object({ ports: z.array(z.object({ port: z.string() })) })),
    egress: z.array(z.object({ ports: z.array(z.object({ port: z.number() })) })),
  }),
});
const documents = parseAllDocuments(read('kubernetes.yaml')).map((document): unknown => document.toJS());
const manifest = z.tuple([deploymentShape, serviceShape, policyShape]);
const [deployment, service, policy] = manifest.parse(documents);
const { template } = deployment.spec;
const [container] = template.spec.containers;
const podEnvironment = environmentOfPods(deployment);

const kustomization = z
  .object({
    resources: z.tuple([z.literal('kubernetes.yaml')]),
    patches: z.array(
      z.object({ target: z.object({ kind: z.string(), name: z.string() }), patch: z.string() }),
    ),
  })
  .parse(parse(read('kustomization.yaml')));
const named = z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) });
const [replicas, , policyOfReplicas] = manifest.parse(
  documents.map((document) => {
    const { kind, metadata } = named.parse(document);
    const patches = kustomization.patches.filter(
      ({ target }) => target.kind === kind && target.name === metadata.name,
    );
    return patched(
      document,
      patches.flatMap(({ patch }) => z.array(operation).parse(parse(patch))),
    );
  }),
);
const replicaEnvironment = environmentOfPods(replicas);

function environmentOfPods({ spec }: z.infer<typeof deploymentShape>): Record<string, string> {
  const [{ env }] = spec.template.spec.containers;
  return { ...imageEnvironment, ...Object.fromEntries(env.map(({ name, value }) => [name, value])) };
}

/** The outcome of a configuration, its faults included. */
function outcomeOf(environment: Environment): unknown {
  try {
    return readConfig(environment, { simulator: false });
  } catch (error) {
    return String(error);
  }
}

/** With a file where each that is named is expected. */
function withFiles(environment: Record<string, string>): Record<string, string> {
  const fileOf = (name: string): string =>
    temporaryFile(name === 'REDIS_URL_FILE' ? 'redis://cache.internal\n' : 'nobody-guesses-this\n');
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, name.endsWith('_FILE') ? fileOf(name) : value]),
  );
}

describe.each([
  ['the image', { ...imageEnvironment }],
  ['the unit', unitEnvironment],
  ['the pod', podEnvironment],
  ['one of many pods', replicaEnvironment],
])('%s', (_name, environment) => {
  it('sets no variable that the gateway does not know', () => {
    const known = [...variables, ...nodesOwn];
    expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe.each([
  ['the unit', unitEnvironment],
  ['the pod', podEnvironment],
  ['one of many pods', replicaEnvironment],
])('%s', (_name, environment) => {
  it('is all that a gateway needs to start, on a port of all addresses', () => {
    expect(outcomeOf(withFiles(environment))).toMatchObject({ host: '0.0.0.0', port: 4_000 });
  });

  it('lets only those ask who know the router’s secret', () => {
    expect(environment).toMatchObject({ AUTH: 'secret', ROUTER_SECRET_FILE: expect.any(String) });
  });
});

describe('the Dockerfile', () => {
  it('has the major of Node.js that this package starts at, in every stage', () => {
    const manifest = z
      .object({ engines: z.object({ node: z.string() }) })
      .parse(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')));
    const [, major] = /^>=(\d+)/.exec(manifest.engines.node) ?? [];
    expect(stages.map(({ base }) => base)).toEqual([`node:${major}-slim`, `node:${major}-slim`]);
  });

  it('copies only what is there, and what its context lets through', () => {
    const copied = stages
      .flatMap(({ instructions }) => instructions)
      .filter((instruction) => instruction.name === 'COPY')
      .map(({ rest }) => copyOf(rest))
      .flatMap(({ from, sources }) => (from === null ? sources : []));
    expect(copied.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
    expect([...copied].sort()).toEqual(letThrough(read('Dockerfile.dockerignore')).sort());
  });

  it('runs as a user of its own, by itself, and hears SIGTERM', () => {
    expect(lastOf(image, 'USER')).toBe('node');
    expect(wordsOf(lastOf(image, 'CMD'))).toEqual(['node', 'dist/main.js']);
    expect(lastOf(image, 'STOPSIGNAL')).toBe('SIGTERM');
  });

  it('exposes the port that it listens on', () => {
    expect(lastOf(image, 'EXPOSE')).toBe(imageEnvironment.PORT);
  });
});

describe('the unit', () => {
  const value = (name: string): string => unit.get(name)?.at(-1) ?? '';

  it('names for each secret a credential that it loads', () => {
    const files = Object.entries(unitEnvironment).filter(([name]) => name.endsWith('_FILE'));
    const loaded = (unit.get('LoadCredential') ?? []).map((line) => line.split(':')[0]);
    expect(files.map(([, path]) => path)).toEqual(loaded.map((name) => `%d/${name}`));
  });

  it('leaves enough time to end', () => {
    const delaySeconds = Number(unitEnvironment.DRAIN_DELAY_MS) / 1_000;
    expect(Number(value('TimeoutStopSec'))).toBeGreaterThan(delaySeconds + endsWithinSeconds);
  });

  it('starts it again when it failed, less often than three times a minute, and never for the exit codes of a mistake', () => {
    expect(value('Restart')).toBe('on-failure');
    expect(60 / Number(value('RestartSec'))).toBeLessThan(3);
    expect(value('RestartPreventExitStatus').split(' ')).toEqual(['64', '78']);
  });
});

describe('many pods', () => {
  it('are replaced one after the other', () => {
    expect(replicas.spec).toMatchObject({
      replicas: 3,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
  });

  it('meet on a server, whose address is a secret, and differ in nothing else', () => {
    const { REDIS_URL_FILE: file, ...others } = replicaEnvironment;
    expect(others).toEqual(podEnvironment);
    expect(file).toMatch(`${container.volumeMounts[0].mountPath}/`);
    expect(outcomeOf(withFiles(replicaEnvironment))).toMatchObject({ redisUrl: 'redis://cache.internal' });
  });

  it('may get there, which one by itself may not', () => {
    const portsOf = ({ spec }: z.infer<typeof policyShape>): number[] =>
      spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port));
    expect(portsOf(policyOfReplicas)).toEqual([...portsOf(policy), 6_379]);
  });

  it('come of patches, each operation of which has a place', () => {
    expect(kustomization.patches.map(({ target }) => target)).toEqual([
      { kind: 'Deployment', name: 'esim-usage-gateway' },
      { kind: 'NetworkPolicy', name: 'esim-usage-gateway' },
    ]);
    expect(() => patched({ spec: {} }, [{ op: 'replace', path: '/spec/replicas', value: 3 }])).toThrow(
      'there is no replicas',
    );
  });
});

describe('the pod', () => {
  it('is one, and ends before the next starts', () => {
    expect(deployment.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  });

  it('leaves enough time to end', () => {
    const delaySeconds = Number(podEnvironment.DRAIN_DELAY_MS) / 1_000;
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(delaySeconds + endsWithinSeconds);
  });

  it('is probed where the gateway tells', () => {
    const { startupProbe, readinessProbe, livenessProbe } = container;
    expect([startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet)).toEqual([
      { path: '/health/live', port: 'graphql' },
      { path: '/health/ready', port: 'graphql' },
      { path: '/health/live', port: 'graphql' },
    ]);
  });

  it('has the ports that the gateway listens on, and the others of this file mean those', () => {
    expect(container.ports).toEqual([
      { name: 'graphql', containerPort: Number(podEnvironment.PORT) },
      { name: 'metrics', containerPort: Number(podEnvironment.METRICS_PORT) },
    ]);
    expect(template.metadata.annotations['prometheus.io/port']).toBe(podEnvironment.METRICS_PORT);
    expect(service.spec.ports.map(({ targetPort }) => targetPort)).toEqual(['graphql']);
    expect(policy.spec.ingress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([
      'graphql',
      'metrics',
    ]);
  });

  it('is the one that the others of this file select', () => {
    expect([
      deployment.spec.selector.matchLabels,
      service.spec.selector,
      policy.spec.podSelector.matchLabels,
    ]).toEqual(Array.from({ length: 3 }, () => template.metadata.labels));
  });

  it('finds its secrets where they are mounted, and its user may read them', () => {
    const [mount] = container.volumeMounts;
    const [volume] = template.spec.volumes;
    const paths = Object.entries(podEnvironment).flatMap(([name, value]) =>
      name.endsWith('_FILE') ? [value] : [],
    );
    expect(paths.filter((path) => !path.startsWith(`${mount.mountPath}/`))).toEqual([]);
    expect([volume.name, volume.secret.defaultMode]).toEqual([mount.name, 0o440]);
  });

  it('may do no more than it must', () => {
    expect(template.spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 1_000,
      runAsGroup: 1_000,
      fsGroup: 1_000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(template.spec.automountServiceAccountToken).toBe(false);
  });

  it('gets no variables made of its service, with which the gateway would not start', () => {
    expect(template.spec.enableServiceLinks).toBe(false);
    expect(outcomeOf({ ESIM_USAGE_GATEWAY_PORT: 'tcp://10.0.0.1:80' })).toContain(
      'ESIM_USAGE_GATEWAY_PORT: there is no such variable',
    );
  });
});
