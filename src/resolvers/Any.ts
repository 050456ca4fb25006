import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped, visit } from 'graphql';

/**
 * A representation, as a gateway sends it: any JSON. A variable within a literal is refused: as an `ID` it would make a text of a number
 * that has already lost digits, and so name another eSIM.
 */
export const Any = new GraphQLScalarType({
  name: '_Any',
  parseValue: (value) => value,
  parseLiteral(literal) {
    visit(literal, {
      [Kind.VARIABLE](node) {
        throw new GraphQLError('A representation is a variable itself or has none in it.', {
          nodes: node,
          extensions: { code: 'BAD_USER_INPUT' },
        });
      },
    });
    return valueFromASTUntyped(literal);
  },
});
