import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

/** The value is not repeated: it may be a customer's ICCID. */
function refuseNumber(nodes?: ValueNode): never {
  throw new GraphQLError('An ICCID is a string; a number has already lost digits.', {
    ...(nodes && { nodes }),
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

/** Takes strings as they are, and nothing else. Whether a string is an ICCID is each item's own question. */
export const ICCID = new GraphQLScalarType<string, string>({
  name: 'ICCID',
  parseValue: (value) => (typeof value === 'string' ? value : refuseNumber()),
  parseLiteral: (node) => (node.kind === Kind.STRING ? node.value : refuseNumber(node)),
});
