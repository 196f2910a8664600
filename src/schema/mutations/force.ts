import type { InputFields } from './verb.ts';

/** The field `force` of mutations that delete. @param contents what goes with it, such as `its schedules` */
export function force(t: InputFields, contents: string) {
  return t.boolean({
    description: `Delete ${contents} with it. \`undelete\` brings all of that back together. When absent or false, the mutation is refused with a \`Conflict\` that says how many there are.`,
  });
}
