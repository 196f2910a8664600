import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { DateTimeResolver } from 'graphql-scalars';

/** The longest text that is read as a time. RFC 3339 sets no end to the digits of a second. */
const maxLength = 64;

/** Times as the API takes and gives them. PostgreSQL has no year 0, and RFC 3339 none after 9999. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description:
    'A time as a text of RFC 3339 §5.6, such as `2007-12-03T10:15:30Z`, from the year 1 to the year 9999. At most 64 characters.',
  specifiedByURL: 'https://datatracker.ietf.org/doc/html/rfc3339#section-5.6',
  // Rows of lists hold times as text, ready to print.
  serialize: (value) =>
    typeof value === 'string' ? value : (DateTimeResolver.serialize(value) as unknown as string),
  parseValue,
  parseLiteral: (node) => parseValue(node.kind === Kind.STRING ? node.value : null),
});

function parseValue(value: unknown): Date {
  // A long text is not repeated in the message.
  if (typeof value === 'string' && value.length <= maxLength) {
    const time = DateTimeResolver.parseValue(value);
    const year = time.getUTCFullYear();
    if (year >= 1 && year <= 9999) return time;
  }
  throw new GraphQLError(
    'A DateTime is a text such as "2007-12-03T10:15:30Z", from the year 1 to the year 9999.',
  );
}
