/** What is asked: one body of a request, or a body with an `@` in which each of the values stands in turn. */
export interface Operation {
  readonly body: string;
  readonly values: readonly string[];
}

const result = `{
  __typename
  ... on EsimUsage {
    iccid status isUnlimited expiresAt
    data { unit total remaining used }
    freshness { fetchedAt freshUntil staleReason }
  }
  ... on EsimUsageProblem { code message retryAfterSeconds }
}`.replaceAll(/\s+/g, ' ');

const documents = {
  one: `query Usage($iccid: ICCID!) { esimUsage(iccid: $iccid) ${result} }`,
  several: `query Usages($iccids: [ICCID!]!) { esimUsages(iccids: $iccids) ${result} }`,
  entities: `query Entities($representations: [_Any!]!) { _entities(representations: $representations) { ... on Esim { iccid usage ${result} } } }`,
};

/** What the trusted documents of a hardened gateway are, as Relay writes them. */
export const manifest = JSON.stringify({ usage: documents.one, usages: documents.several });

const operation = (query: string, variables: unknown, values: readonly string[] = []): Operation => ({
  body: JSON.stringify({ query, variables }),
  values,
});

/** One eSIM. */
export const askOne = (iccid: string): Operation => operation(documents.one, { iccid });

/** One eSIM after the other. */
export const askInTurn = (iccids: readonly string[]): Operation =>
  operation(documents.one, { iccid: '@' }, iccids);

/** Several at once. */
export const askSeveral = (iccids: readonly string[]): Operation => operation(documents.several, { iccids });

/** Several at once, as a gateway asks a subgraph. */
export const askEntities = (iccids: readonly string[]): Operation =>
  operation(documents.entities, {
    representations: iccids.map((iccid) => ({ __typename: 'Esim', iccid })),
  });
