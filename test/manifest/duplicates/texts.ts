// Projects in which a name is there twice.

export const twice = `environments:
- {name: a, env: {STAGE: first}}
- {name: a, env: {STAGE: second}}
plugins:
  extractors:
  - {name: a, namespace: first}
  - {name: a, namespace: second}
  loaders:
  - {name: a, namespace: other}
  mappers:
  - {name: b, namespace: b, mappings: [{name: fold}]}
  - {name: c, namespace: c, mappings: [{name: fold}]}
jobs:
- {name: j, tasks: [a]}
- {name: j, tasks: [fold]}
- {name: folding, tasks: [fold]}
schedules:
- {name: a, interval: '@daily', job: j}
- {name: a, interval: '@hourly', job: j}
`;

export const inTwoFiles = {
  'meltano.yml': 'include_paths: [more.yml]\njobs:\n- {name: j, tasks: [first]}\n',
  'more.yml': 'x: 1\njobs:\n- {name: j, tasks: [second]}\n',
};

export const inIncludedFiles = {
  'meltano.yml': 'include_paths: [b.yml, c.yml]\njobs:\n- {name: a, tasks: []}\n',
  'b.yml': 'jobs:\n- {name: a, tasks: []}\n',
  'c.yml': 'jobs:\n- {name: d, tasks: []}\n- {name: a, tasks: []}\n- {name: d, tasks: []}\n',
};
