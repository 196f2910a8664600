import { isObjectType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';

type Resolve = GraphQLFieldResolver<unknown, unknown>;

/**
 * Lets every resolver that fails at once answer a rejected promise in place of it.
 *
 * When an entry of a list fails at once, graphql-js forgets the promises of the entries before it (`completeListValue`
 * in its `execution/execute.ts`). One of them that is rejected later is then awaited by nobody, which ends the process.
 */
export function rejectLater(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      // What only reads a property cannot fail.
      if (field.extensions.pothosExposedField === undefined && field.resolve !== undefined)
        field.resolve = rejecting(field.resolve);
    }
  }
}

function rejecting(resolve: Resolve): Resolve {
  // Each argument by its name: a list of them would be made for each of many fields.
  return (source, args, context, info) => {
    try {
      return resolve(source, args, context, info);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  };
}
