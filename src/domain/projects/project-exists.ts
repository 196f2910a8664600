import { AlreadyExists } from '../../errors.ts';

/** The error for a name that another project has. */
export function projectExists(name: string, at: readonly string[] | null): AlreadyExists {
  return new AlreadyExists(`There is a project "${name}" already; choose another name.`, at);
}
