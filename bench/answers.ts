import type { Operation } from './operations.js';
import { names } from './servers.js';
import type { Answer, Server } from './start-server.js';

/**
 * Asks all servers, and tells the bare one what this gateway answered. Throws when one answers anything else: of the same readings only
 * when they were fetched may differ.
 */
export async function requireSameAnswers(servers: readonly Server[], { body }: Operation): Promise<void> {
  let first: Answer | null = null;
  for (const server of servers) {
    if (server.name === names.bare && first !== null) await server.tell(first);
    const answer = await server.ask(body);
    first ??= answer;
    if (withoutTimes(answer.text) !== withoutTimes(first.text))
      throw new Error(`${server.name} answered ${answer.text}, and ${servers[0]?.name} ${first.text}`);
    if (!/"__typename":"EsimUsage"/.test(answer.text) || /EsimUsageProblem/.test(answer.text))
      throw new Error(`${server.name} has no reading: ${answer.text}`);
  }
}

/** The order of the members is the operation's, so texts can be compared. */
function withoutTimes(text: string): string {
  const { data }: { data?: unknown } = JSON.parse(text);
  return JSON.stringify(data).replaceAll(/"(fetchedAt|freshUntil)":"[^"]+"/g, '"$1":null');
}
