import { formOfPath } from '../../domain/naming/parse-reference.ts';

const nouns = {
  Project: 'project',
  Environment: 'environment',
  Plugin: 'plugin',
  Job: 'job',
  Schedule: 'schedule',
  Service: 'service',
  State: 'state',
  Run: 'run',
} as const;

/** A type whose objects are named by an id or a path. A run has the path of its job, as long as it is the newest. */
export type ReferredType = keyof typeof nouns;

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
export function idOrPath(type: ReferredType, which = `the ${nouns[type]}`): string {
  return `Id or path (${pathForm(type)}) of ${which}.`;
}

/** Like `idOrPath`, for a list. */
export function idsOrPaths(type: ReferredType, which = `${nouns[type]}s`): string {
  return `Ids or paths (${pathForm(type)}) of ${which}.`;
}

/** How descriptions call an object of a type. */
export function nounOf(type: ReferredType): string {
  return nouns[type];
}
