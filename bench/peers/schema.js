/** What all peers serve: of the gateway's own schema what the measured operations need. */
const types = `
  scalar ICCID
  scalar DateTime

  union EsimUsageResult = EsimUsage | EsimUsageProblem

  type EsimUsage {
    iccid: ID!
    status: UsageStatus!
    isUnlimited: Boolean
    data: EsimUsageQuota
    expiresAt: DateTime
    freshness: EsimUsageFreshness!
  }

  type EsimUsageQuota { unit: EsimUsageUnit!  total: Int!  remaining: Int!  used: Int! }
  enum EsimUsageUnit { MEGABYTES MINUTES MESSAGES }
  enum UsageStatus { NOT_ACTIVE ACTIVE FINISHED EXPIRED RECYCLED UNKNOWN }

  type EsimUsageFreshness {
    fetchedAt: DateTime!
    freshUntil: DateTime!
    staleReason: String
  }

  type EsimUsageProblem { code: String!  message: String!  retryAfterSeconds: Int }
`;

export const typeDefs = `
  type Query {
    esimUsage(iccid: ICCID!): EsimUsageResult
    esimUsages(iccids: [ICCID!]!): [EsimUsageResult!]
  }
  ${types}
`;

export const subgraphTypeDefs = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Esim @key(fields: "iccid") { iccid: ID!  usage: EsimUsageResult }
  ${types}
`;

/** A reading is kept as it is answered, so that every other field has the resolver that graphql-js has for it. */
export const queryResolvers = {
  esimUsage: (_root, { iccid }, { loader }) => loader.load(iccid),
  esimUsages: (_root, { iccids }, { loader }) => loader.loadMany(iccids),
};
