import { InputCheck } from '../../errors.ts';
import { rootOf } from '../../manifest/yaml/document.ts';
import { setKey } from '../../manifest/yaml/edit-tree.ts';
import { manifestEdit } from '../mirror/edit-manifest.ts';
import { checkVariables, type Variable } from '../definitions/environment-variables.ts';
import { envOf } from '../plugins/plugin-item.ts';
import { findAndLockProject } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import type { Updated } from '../updated.ts';

export interface UpdateProjectInput {
  /** Id or path of the project. */
  project: string;
  /** Absent fields stay, null removes one. */
  defaultEnvironment?: string | null | undefined;
  requiresMeltano?: string | null | undefined;
  env?: readonly Variable[] | null | undefined;
}

/** Changes the given fields of a managed project. @throws NotFound, InvalidInput, Conflict */
export async function updateProject(gateway: Gateway, input: UpdateProjectInput): Promise<Updated> {
  const check = new InputCheck();
  checkVariables(check, input.env ?? [], gateway);
  check.done();
  return gateway.transaction(async (tx) => {
    const project = await findAndLockProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    return { id: project.id, isChanged: await changeProject(tx, project, ['input'], input) };
  });
}

const changeProject = manifestEdit(
  'changeProject',
  (document, { defaultEnvironment, requiresMeltano, env }: UpdateProjectInput) => {
    const keys = {
      default_environment: defaultEnvironment,
      requires_meltano: requiresMeltano,
      env: env === undefined ? undefined : (envOf(env) ?? null),
    };
    for (const [key, value] of Object.entries(keys)) {
      if (value !== undefined) setKey(rootOf(document), key, value ?? undefined);
    }
  },
);
