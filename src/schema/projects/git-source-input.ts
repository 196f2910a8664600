import { sourceLimits } from '../../domain/projects/source/check-source.ts';
import { builder } from '../builder.ts';
import type { InputFields } from '../verb.ts';

const fields = (t: InputFields) => ({
  ref: t.string({
    maxLength: sourceLimits.ref,
    description:
      'The branch, tag or commit to follow. `HEAD`, the default branch, when absent at the creation, and when null.',
  }),
  subdirectory: t.string({
    maxLength: sourceLimits.subdirectory,
    description: 'The folder of the repository in which `meltano.yml` is. Its top when empty or null.',
  }),
  credential: t.string({
    maxLength: 200,
    description:
      'Where the credential is: `env:GIT_CREDENTIAL_NAME`, a variable of each gateway and worker, or `file:NAME`, a file in the folder `credentials` of their data directories. For https it is a token, or `user:password`; for ssh it is a file with a private key. Null when everybody may read the repository.',
  }),
  pushSecret: t.string({
    maxLength: 200,
    description:
      'Where the secret is by which the host of the repository signs what it tells of pushes: `env:GIT_CREDENTIAL_NAME` or `file:NAME`, of each gateway, as for `credential`. The repository is looked at as soon as GitHub, GitLab, Gitea or Forgejo post to `/hooks/git/<id of the project>`. Null when they do not.',
  }),
  pollSeconds: t.int({
    description: `Number of seconds after which the repository is looked at again, from ${sourceLimits.poll.least} on. Null for only when somebody asks with \`syncProject\`.`,
  }),
});

const url =
  'Address of the repository, with `https://` or `ssh://` and without a login, such as `https://git.example/team/shop.git`. `--git-protocols` allows others.';

const NewGitSource = builder.inputType('NewGitSource', {
  description: 'A Git repository that a project comes from.',
  fields: (t) => ({
    url: t.string({ required: true, maxLength: sourceLimits.url, description: url }),
    ...fields(t),
  }),
});

const GitSourceChange = builder.inputType('GitSourceChange', {
  description: 'What changes of the Git repository that a project comes from. Absent fields stay.',
  fields: (t) => ({ url: t.string({ maxLength: sourceLimits.url, description: url }), ...fields(t) }),
});

/** Where a new project comes from. */
export const NewProjectSource = builder.inputType('NewProjectSource', {
  description: 'Where a project comes from.',
  fields: (t) => ({
    git: t.field({ type: NewGitSource, required: true, description: 'A Git repository.' }),
  }),
});

/** What changes of where a project comes from. */
export const ProjectSourceChange = builder.inputType('ProjectSourceChange', {
  description: 'What changes of where a project comes from.',
  fields: (t) => ({
    git: t.field({ type: GitSourceChange, required: true, description: 'Its Git repository.' }),
  }),
});
