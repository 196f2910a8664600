import type { InputFields } from '../verb.ts';

/**
 * The field `force` of mutations that delete.
 * @param contents what is deleted with the object, such as `its schedules`
 */
export function force(t: InputFields, contents: string) {
  return t.boolean({
    description: `Also delete ${contents}. \`undelete\` brings all of it back together. When absent or false and there are any, the mutation is refused with a \`Conflict\` that says how many there are.`,
  });
}
