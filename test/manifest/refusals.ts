/** A project that cannot be read, and what is said about it. */
export interface Refusal {
  title: string;
  content: string;
  /** `line: message`, each whole or as a beginning. */
  problems: string[];
  /**
   * Whether Meltano's loader refuses it too. Where it does not, it reads something else than what is meant, or
   * only fails later, in a way that we can tell beforehand.
   */
  meltano: 'refuses' | 'accepts';
}

/** One of each kind, used to test the messages and, with the real Meltano, that it refuses them as well. */
export const refusals: Refusal[] = [
  {
    title: 'an empty file',
    content: '# nothing but this\n',
    problems: ['1: The file is empty; Meltano needs at least one key in it.'],
    meltano: 'refuses',
  },
  {
    title: 'a list at the top',
    content: '- a\n',
    problems: ['1: The file has to hold a mapping of keys to values.'],
    meltano: 'refuses',
  },
  {
    title: 'a control character',
    content: 'env:\n  A: "x\x7F"\n',
    problems: ['2: The character U+007F is not allowed in YAML; remove it.'],
    meltano: 'refuses',
  },
  {
    title: 'a set at the top',
    content: '!!set {jobs, env}\n',
    problems: ['1: A value with the tag `!!set`, `!!omap` or `!!pairs` cannot be read; remove the tag.'],
    meltano: 'refuses',
  },
  {
    title: 'broken YAML',
    content: 'jobs:\n- name: a\n  tasks: [b\nschedules: []\n',
    problems: ['4: This is not valid YAML: '],
    meltano: 'refuses',
  },
  {
    title: 'an alias of an interval without quotes',
    content: 'schedules:\n- name: a\n  interval: @daily\n  job: b\n',
    problems: [
      '3: This is not valid YAML: Plain value cannot start with reserved character @. Put the value in quotes.',
    ],
    meltano: 'refuses',
  },
  {
    title: 'a key that is there twice',
    content: 'env:\n  A: b\nenv:\n  C: d\n',
    problems: ['3: The key `env` is here twice, first on line 1; keep one of them.'],
    meltano: 'refuses',
  },
  {
    title: 'two documents',
    content: 'jobs: []\n---\njobs: []\n',
    problems: ['2: A second document begins here; Meltano takes one in a file.'],
    meltano: 'refuses',
  },
  {
    title: 'an alias without an anchor',
    content: 'env: *nothing\n',
    problems: ['1: An alias has no anchor before it; put text that begins with `*` in quotes.'],
    meltano: 'refuses',
  },
  {
    title: 'a merge of something that is no mapping',
    content: 'x: &x [1]\nenv:\n  <<: *x\n',
    problems: ['3: `<<` takes over a mapping or a list of mappings, and this is neither.'],
    meltano: 'refuses',
  },
  {
    title: 'two merges in one mapping',
    content: 'x: &x {A: b}\nenv:\n  <<: *x\n  <<: *x\n',
    problems: ['4: A mapping can have one `<<`; give it a list of all that it takes over.'],
    meltano: 'refuses',
  },
  {
    title: 'a plugin type that does not exist',
    content: 'plugins:\n  extractors: []\n  taps:\n  - name: a\n',
    problems: ['3: There is no plugin type `taps`; there are extractors, loaders, '],
    meltano: 'refuses',
  },
  {
    title: 'a plugin type without a list',
    content: 'plugins:\n  extractors:\n',
    problems: [
      '2: `extractors` has to be a list, and Meltano refuses an empty value; remove it or write `[]`.',
    ],
    meltano: 'refuses',
  },
  {
    title: 'a plugin without a name, and one that is nothing',
    content: 'plugins:\n  loaders:\n  - namespace: a\n  -\n',
    problems: ['3: The loader has no `name`; give it one.', '4: A loader has to be a mapping with a `name`.'],
    meltano: 'refuses',
  },
  {
    title: 'a colon in the name of a plugin',
    content: 'plugins:\n  utilities:\n  - name: a:b\n',
    problems: ['3: The name of the utility `a:b` has a `:` in it; rename it.'],
    meltano: 'refuses',
  },
  {
    title: 'a colon in the name of an environment',
    content: 'environments:\n- name: dev:eu\n',
    problems: ['2: The name of the environment `dev:eu` has a `:` in it; rename it.'],
    meltano: 'refuses',
  },
  {
    title: 'a name that is a number',
    content: 'plugins:\n  files:\n  - name: 5\n',
    problems: ['3: `name` of the file bundle has to be text; put it in quotes.'],
    meltano: 'refuses',
  },
  {
    title: 'a setting without a name',
    content: 'plugins:\n  loaders:\n  - name: a\n    settings:\n    - kind: string\n',
    problems: ['5: The setting of the loader `a` has no `name`; give it one.'],
    meltano: 'refuses',
  },
  {
    title: 'a setting of an unknown kind',
    content: 'plugins:\n  loaders:\n  - name: a\n    settings:\n    - {name: b, kind: money}\n',
    problems: ['5: `money` is no kind of setting; there are string, integer, '],
    meltano: 'refuses',
  },
  {
    title: 'a command with a key of no meaning',
    content:
      'plugins:\n  utilities:\n  - name: a\n    namespace: a\n    commands:\n      go: {args: b, shell: true}\n',
    problems: [
      '6: The command `go` of the utility `a` has a key `shell` that Meltano does not know; it takes `args`, ',
    ],
    meltano: 'refuses',
  },
  {
    title: 'a command that is a number',
    content: 'plugins:\n  utilities:\n  - name: a\n    namespace: a\n    commands: {go: 5}\n',
    problems: ['5: The command `go` of the utility `a` has to be its arguments as text, or a mapping.'],
    meltano: 'refuses',
  },
  {
    title: 'mappings of a mapper without a list',
    content: 'plugins:\n  mappers:\n  - name: a\n    mappings:\n',
    problems: ['4: `mappings` of the mapper `a` is empty, which Meltano refuses; remove it or write `[]`.'],
    meltano: 'refuses',
  },
  {
    title: 'a key `plugin_type`',
    content: 'plugins:\n  loaders:\n  - name: a\n    plugin_type: loaders\n',
    problems: [
      '4: Meltano refuses `plugin_type` in the loader `a`; the list that it is in says it. Remove it.',
    ],
    meltano: 'refuses',
  },
  {
    title: 'a requirement that is no mapping',
    content: 'plugins:\n  loaders:\n  - name: a\n    requires:\n      files: [b]\n',
    problems: ['5: A requirement of the loader `a` has to be a mapping with a `name`.'],
    meltano: 'refuses',
  },
  {
    title: 'an unknown key of an environment, of a type that does not exist in it as well',
    content: 'environments:\n- name: a\n  vars: {}\n- name: b\n  config:\n    plugins:\n      taps: []\n',
    problems: [
      '3: The environment `a` has a key `vars` that Meltano does not know; it takes `name`, `config`, `env`, `state_id_suffix` and `annotations`.',
      '7: There is no plugin type `taps`; ',
    ],
    meltano: 'refuses',
  },
  {
    title: 'an unknown key of a job',
    content: 'jobs:\n- name: a\n  tasks: []\n  env: {A: b}\n',
    problems: [
      '4: The job `a` has a key `env` that Meltano does not know; it takes `name`, `tasks` and `annotations`.',
    ],
    meltano: 'refuses',
  },
  {
    title: 'a job without tasks, and one without a name',
    content: 'jobs:\n- name: a\n- tasks: []\n',
    problems: ['2: The job `a` has no `tasks`; list what to run', '3: The job has no `name`; give it one.'],
    meltano: 'refuses',
  },
  {
    title: 'tasks that are text',
    content: 'jobs:\n- name: a\n  tasks: tap-a target-b\n',
    problems: [
      '3: `tasks` of the job `a` is text, which Meltano takes letter by letter; write a list: `tasks: ["tap-a target-b"]`.',
    ],
    meltano: 'accepts',
  },
  {
    title: 'a task that is a number',
    content: 'jobs:\n- name: a\n  tasks:\n  - b\n  - 5\n',
    problems: ['5: A task of the job `a` is neither text nor a list of text; put names in quotes.'],
    meltano: 'accepts',
  },
  {
    title: 'a schedule without an interval',
    content: 'jobs: [{name: b, tasks: []}]\nschedules:\n- name: a\n  job: b\n',
    problems: ['3: The schedule `a` has no `interval`; give it a cron expression, or `@once` for never.'],
    meltano: 'refuses',
  },
  {
    title: 'a schedule of plugins without `transform`',
    content: 'schedules:\n- name: a\n  interval: "@daily"\n  extractor: b\n  loader: c\n',
    problems: ['2: The schedule `a` has neither `job` nor `transform`; add `transform: skip`.'],
    meltano: 'refuses',
  },
  {
    title: 'a schedule of nothing',
    content: 'schedules:\n- name: a\n  interval: "@daily"\n',
    problems: ['2: The schedule `a` names no `job`; give it the name of a job to run.'],
    meltano: 'refuses',
  },
  {
    title: 'a schedule of a job that does not exist',
    content: 'schedules:\n- name: a\n  interval: "@daily"\n  job: b\n',
    problems: [
      '2: The schedule `a` runs the job `b`, which does not exist; add the job or correct the name.',
    ],
    meltano: 'accepts',
  },
  {
    title: 'variables that are a list, or that hold one',
    content: 'env: [a]\nenvironments:\n- name: b\n  env: {A: [c]}\n',
    problems: [
      '1: `env` of the project has to be a mapping of names to values.',
      '4: The variable `A` has to be text.',
    ],
    meltano: 'refuses',
  },
  {
    title: 'a configuration that is a list',
    content: 'plugins:\n  loaders:\n  - {name: a, namespace: a, config: [b]}\n',
    problems: ['3: `config` of the loader `a` has to be a mapping of names to values.'],
    meltano: 'accepts',
  },
  {
    title: 'capabilities that are text',
    content: 'plugins:\n  loaders:\n  - {name: a, namespace: a, capabilities: state}\n',
    problems: ['3: `capabilities` of the loader `a` has to be a list; write `- ` items.'],
    meltano: 'accepts',
  },
  {
    title: 'include paths that are text',
    content: 'include_paths: "*.part.yml"\n',
    problems: ['1: `include_paths` has to be a list of patterns.'],
    meltano: 'refuses',
  },
];
