/** The `meltano.yml` that the lists are read against. */
export const project = `environments: [{name: dev}]
plugins:
  extractors:
  - {name: tap-a, namespace: tap_a}
  - {name: same, namespace: same_tap}
  loaders:
  - {name: target-b, namespace: target_b}
  - {name: same, namespace: same_target}
  mappers:
  - name: map-c
    namespace: map_c
    mappings: [{name: fold}, {name: cut}, {name: tool}, {name: twice}]
  - {name: map-d, namespace: map_d, mappings: [{name: twice}]}
  transformers:
  - {name: dbt, namespace: dbt, commands: {run: run, test: {args: test}}}
  utilities:
  - {name: tool, namespace: tool, commands: {go: --go}}
  - {name: bare, namespace: bare}
`;

/** A block list, what we make of it (`x|y` are the blocks), and the codes of what is wrong. */
export const lists: [string, string, ...string[]][] = [
  ['tap-a target-b', 'tap-a target-b'],
  ['tap-a fold target-b', 'tap-a fold target-b'],
  ['tap-a fold cut fold target-b', 'tap-a fold cut fold target-b'],
  ['tap-a target-b tap-a target-b', 'tap-a target-b|tap-a target-b'],
  ['dbt:run tool:go bare', 'dbt:run|tool:go|bare'],
  ['tap-a cut target-b dbt:run dbt:test tool', 'tap-a cut target-b|dbt:run|dbt:test|tool'],
  // A plugin goes before a mapping of its name, and an extractor before a loader.
  ['tool', 'tool'],
  ['same target-b', 'same target-b'],
  ['tap-a tool target-b', 'tool', 'MISSING_LOADER', 'MISPLACED_BLOCK'],
  ['tap-a same', '', 'MISSING_LOADER', 'MISSING_LOADER'],
  ['tap-a', '', 'MISSING_LOADER'],
  ['tap-a fold', '', 'MISSING_LOADER'],
  ['tap-a fold tap-a target-b', 'tap-a target-b', 'MISSING_LOADER'],
  ['tap-a dbt:run', 'dbt:run', 'MISSING_LOADER'],
  ['target-b', '', 'MISPLACED_BLOCK'],
  ['fold target-b', '', 'MISPLACED_BLOCK', 'MISPLACED_BLOCK'],
  ['fold', '', 'MISPLACED_BLOCK'],
  ['map-c', '', 'MISPLACED_BLOCK'],
  ['tap-a map-c target-b', '', 'MISPLACED_BLOCK'],
  ['tap-a twice target-b', '', 'AMBIGUOUS_BLOCK'],
  ['tap-none target-b', '', 'UNKNOWN_BLOCK'],
  ['tap-a target-none', '', 'UNKNOWN_BLOCK'],
  ['tap-a none fold target-b', '', 'UNKNOWN_BLOCK'],
  ['none tool', 'tool', 'UNKNOWN_BLOCK'],
  ['none:run', '', 'UNKNOWN_BLOCK'],
  ['dbt:run:fast', '', 'UNKNOWN_BLOCK'],
  [':run', '', 'UNKNOWN_BLOCK'],
  ['TAP-A target-b', '', 'UNKNOWN_BLOCK'],
];

/** The blocks of a list, as a command line has them. */
export const split = (list: string): string[] => list.split(' ');
