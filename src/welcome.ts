/** What `npm start` prints: that it is a simulation, where it is, and what to try. `iccids` are by what each shows. */
export function welcome(url: string, iccids: Readonly<Record<string, string>>): string {
  const [first = '', second = ''] = Object.values(iccids);
  const query =
    `{ esimUsages(iccids: ["${first}", "${second}"]) { __typename ` +
    '... on EsimUsage { status isUnlimited data { unit total remaining used } expiresAt freshness { fetchedAt staleReason } } ' +
    '... on EsimUsageProblem { code message retryAfterSeconds } } }';
  return [
    'This is a simulation: every reading comes from an embedded simulator, none from a real eSIM.',
    '',
    `GraphQL  ${url}`,
    '',
    'ICCIDs to try',
    ...Object.entries(iccids).map(([name, iccid]) => `  ${iccid.padEnd(22)} ${inWords(name)}`),
    '',
    'A query to paste',
    `  curl ${url} -H 'content-type: application/json' -d '${JSON.stringify({ query })}'`,
    '',
    '',
  ].join('\n');
}

/** `dataVoiceTextPlan` as `data voice text plan`. */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
}
