import { AlreadyExists, InputCheck } from '../errors.ts';
import { rootOf, setKey } from '../manifest/document.ts';
import { editManifest } from './edit-manifest.ts';
import { checkVariables, type Variable } from './environment-variables.ts';
import { envOf } from './plugin-item.ts';
import { deleteWithContents, type DeleteOptions } from './deletion.ts';
import { findAndHoldProject } from './references.ts';
import type { Services } from './services.ts';

export interface UpdateProjectInput {
  /** Id or path of the project. */
  project: string;
  /** Absent fields stay, null removes one. */
  defaultEnvironment?: string | null | undefined;
  requiresMeltano?: string | null | undefined;
  env?: readonly Variable[] | null | undefined;
}

/** Changes those fields of a managed project that are given. @throws NotFound, InvalidInput, Conflict */
export async function updateProject({ store }: Services, input: UpdateProjectInput): Promise<string> {
  const { defaultEnvironment, requiresMeltano, env } = input;
  const check = new InputCheck();
  checkVariables(check, env ?? []);
  check.done();
  return store.transaction(async (tx) => {
    const project = await findAndHoldProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    await editManifest(tx, project, ['input'], (document) => {
      const keys = {
        default_environment: defaultEnvironment,
        requires_meltano: requiresMeltano,
        env: env === undefined ? undefined : (envOf(env) ?? null),
      };
      for (const [key, value] of Object.entries(keys)) {
        if (value !== undefined) setKey(rootOf(document), key, value ?? undefined);
      }
    });
    return project.id;
  });
}

export interface DeleteProjectInput extends DeleteOptions {
  /** Id or path of the project. */
  project: string;
}

/**
 * Deletes a project: it disappears from lists and names. Its files are left alone.
 *
 * @throws NotFound, InvalidInput; Conflict when there is something in it, unless `force` deletes that with it;
 *   Busy when a run of it has not ended
 */
export async function deleteProject({ store }: Services, input: DeleteProjectInput): Promise<string> {
  const path = ['input', 'project'];
  return store.transaction(async (tx) => {
    const { id } = await findAndHoldProject(tx, input.project, path, 'EXCLUSIVE');
    await deleteWithContents(tx, 'Project', id, input, path);
    return id;
  });
}

/** The refusal of a name that a project of the gateway has. */
export function projectExists(name: string, path: readonly string[] | null): AlreadyExists {
  return new AlreadyExists(`There is a project "${name}" already; choose another name.`, path);
}
