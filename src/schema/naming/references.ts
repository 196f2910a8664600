import { formOfPath, nounOf } from '../../domain/naming/parse-reference.ts';
import type { NamedTable } from '../../store/naming/former-names.ts';

/** A type whose objects are named by an id or a path. A run has the path of its job, as long as it is the newest. */
export type ReferredType = NamedTable | 'Run' | 'Webhook';

/** How paths of a type look, as descriptions show them. */
export function pathForm(type: ReferredType): string {
  if (type === 'Run') return `\`${formOfPath('Job')}\`, for the newest run of that job`;
  const form = `\`${formOfPath(type)}\``;
  return type === 'Plugin' ? `${form}, such as \`shop/extractors/tap-csv\`` : form;
}

/**
 * The description of an argument that names an object: all begin with the same words.
 *
 * @param which the object, and what it is for
 */
export function idOrPath(type: ReferredType, which = `the ${nounOf(type)}`): string {
  return `Id or path (${pathForm(type)}) of ${which}.`;
}

/** Like `idOrPath`, for a list. */
export function idsOrPaths(type: ReferredType, which = `${nounOf(type)}s`): string {
  return `Ids or paths (${pathForm(type)}) of ${which}.`;
}
