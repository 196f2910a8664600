const plain = `# The shop.
version: 1
default_environment: dev

environments:
# For trying.
- name: dev # on laptops
  env:
    MODE: fast
# For all others.
- name: prod

plugins:
  extractors:
  # Reads orders.
  - name: tap-a
    namespace: tap_a
    config:
      # How many.
      size: 1e2 # at once
      text: >-
        folded
        text

      # Not quoted.
      when: 2024-01-01
    select:
    - orders.* # all of them
    - items.*
  # Reads the same elsewhere.
  - name: tap-b
    inherit_from: tap-a

  loaders:
  - name: target-a
    namespace: target_a

jobs:
- name: load
  tasks:
  # First.
  - tap-a target-a
  - [tap-b, target-a] # then
# Again.
- name: more
  tasks: [tap-a target-a]

schedules:
- name: nightly # at night
  interval: '0 2 * * *'
  job: load
# The end.
`;

/** Four columns for each level. */
const wide = plain.replace(
  /^( *)(- )?/gm,
  (_, blanks: string, dash: string | undefined) => `${blanks}${blanks}${dash === undefined ? '' : '-   '}`,
);

/** Lists indented under their keys. */
const indented = plain.replace(
  /^jobs:[^]*/m,
  `jobs:
    # First.
    - name: load
      tasks:
        - tap-a target-a
        - - tap-b
          - target-a
    # Again.
    - name: more
      tasks: [tap-a target-a]
schedules:
    - interval: '0 2 * * *' # at night
      name: nightly
      job: load
`,
);

const anchored = `x-base: &base # shared
  size: 1
  nested: {a: 1,
    b: 2}
environments:
- name: dev
  env: &variables
    MODE: fast
- {name: prod, env: *variables}
plugins:
  extractors:
    - name: tap-a
      namespace: tap_a
      config: &config # of both
        <<: *base
        text: a
      select: ["orders.*",   # all of them
               "items.*"]
    - name: tap-b   
      inherit_from: tap-a
      config: *config
  loaders: [{name: target-a, namespace: target_a}]
jobs: [{name: load, tasks: [tap-a target-a, [tap-b, target-a]]}, {name: more, tasks: [tap-a target-a]}]
schedules:
  - {name: nightly, interval: "0 2 * * *", job: load}`;

const flow = `{
  environments: [
    {name: dev, env: {MODE: fast}}, # on laptops
    {name: prod},
  ],
  plugins: {extractors: [
      {name: tap-a, namespace: tap_a, config: {size: 1, text: 'a'}, select: [orders.*, items.*]},
      {name: tap-b, inherit_from: tap-a}],
    loaders: [{name: target-a, namespace: target_a}]},
  jobs: [{name: load, tasks: [tap-a target-a, tap-b target-a]}, {name: more, tasks: [tap-a target-a]}],
  schedules: [{name: nightly, interval: '0 2 * * *', job: load}]
}
`;

/**
 * The same project, written in the ways that people write it. All have the environments `dev` and `prod`, the
 * extractors `tap-a` and `tap-b`, the loader `target-a`, the jobs `load` and `more` and the schedule `nightly`.
 */
export const writtenManifests: Readonly<Record<string, string>> = {
  'lists in the column of their keys, and comments between items': plain,
  'the line ends of Windows, and a byte order mark': `\uFEFF${plain.replaceAll('\n', '\r\n')}`,
  'wide indentation': wide,
  'indented lists': indented,
  'blanks at the ends of lines, and tabs where Meltano takes them': plain
    .replace(/(?<=[a-z\d:])$/gm, '  ')
    .replaceAll(/(?<=\S #) /g, '\t'),
  'anchors, `<<`, and no line end at the end': anchored,
  'braces and brackets': flow,
  'a block of text at the end': `${plain}notes:\n  text: |\n    first\n\n    last`,
  'a block of text with blank lines at the end': `${plain}notes:\n  text: |+\n    first\n\n\n`,
};
