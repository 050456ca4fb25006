import { GraphQLScalarType } from 'graphql';

/** Writes a `Date` as RFC 3339 in UTC. This schema takes none as input. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize(value) {
    if (value instanceof Date) return value.toISOString();
    throw new TypeError('expected a Date');
  },
});
