import { Conflict, InputCheck } from '../../errors.ts';
import { quoted } from '../../lib/quoted.ts';
import { rootOf } from '../../manifest/yaml/document.ts';
import { setKey } from '../../manifest/yaml/edit-tree.ts';
import { manifestEdit } from '../mirror/edit-manifest.ts';
import { checkVariables, type Variable } from '../definitions/environment-variables.ts';
import { envOf } from '../plugins/plugin-item.ts';
import { findAndLockProject } from '../naming/references.ts';
import type { Project, Statements } from '../../store/index.ts';
import type { SourceFields } from '../../store/projects/project-sources.ts';
import type { Gateway } from '../gateway.ts';
import { checkedSource, type GitSourceInput } from './source/check-source.ts';
import type { Updated } from '../updated.ts';

export interface UpdateProjectInput {
  /** Id or path of the project. */
  project: string;
  /** Absent fields stay, null removes one. */
  defaultEnvironment?: string | null | undefined;
  requiresMeltano?: string | null | undefined;
  env?: readonly Variable[] | null | undefined;
  /** What changes of the repository that it comes from. */
  source?: { git: GitSourceInput } | null | undefined;
}

/** Changes the given fields of a managed project, or of the source of one that has one. @throws NotFound, InvalidInput, Conflict */
export async function updateProject(gateway: Gateway, input: UpdateProjectInput): Promise<Updated> {
  const check = new InputCheck();
  checkVariables(check, input.env ?? [], gateway);
  check.done();
  return gateway.transaction(async (tx) => {
    const project = await findAndLockProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    const { defaultEnvironment, requiresMeltano, env } = input;
    const isOfManifest = [defaultEnvironment, requiresMeltano, env].some((value) => value !== undefined);
    const hasSource = input.source != null && (await changeSource(tx, gateway, project, input.source.git));
    const isChanged =
      isOfManifest || input.source == null ? await changeProject(tx, project, ['input'], input) : false;
    return { id: project.id, isChanged: isChanged || hasSource };
  });
}

/** @returns whether anything has changed; the repository is looked at soon then */
async function changeSource(
  tx: Statements,
  { gitProtocols }: Gateway,
  { id, name }: Project,
  given: GitSourceInput,
): Promise<boolean> {
  const present = await tx.projectSources.of(id);
  if (!present) {
    throw new Conflict(
      `The project ${quoted(name)} comes from no repository, and that cannot be changed: create another one.`,
      ['input', 'source'],
    );
  }
  const check = new InputCheck();
  const source = checkedSource(check, given, present, gitProtocols);
  check.done();
  const isSame = (Object.keys(source) as (keyof SourceFields)[]).every((key) => source[key] === present[key]);
  if (isSame) return false;
  await tx.projectSources.change(id, source);
  await tx.projectSources.ask(id);
  return true;
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
