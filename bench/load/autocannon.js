import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';

/** Does as `wrk.lua`, where there is no wrk. */
const [url, seconds, connections, path, ...pairs] = process.argv.slice(2);
const headers = {};
for (let at = 0; at < pairs.length; at += 2) headers[pairs[at]] = pairs[at + 1];
const [template, ...values] = readFileSync(path, 'utf8').trimEnd().split('\n');
let at = 0;

function setupRequest(request) {
  at = (at + 1) % values.length;
  return { ...request, body: template.replace('@', values[at]) };
}

const result = await autocannon({
  url,
  method: 'POST',
  headers,
  connections: Number(connections),
  duration: Number(seconds),
  requests: [values.length === 0 ? { body: template } : { setupRequest }],
});
const { requests, duration, latency, non2xx, errors, timeouts } = result;
const figures = { requests: requests.total, seconds: duration, p50Ms: latency.p50, p99Ms: latency.p99 };
process.stdout.write(`${JSON.stringify({ ...figures, failures: non2xx + errors + timeouts })}\n`);
