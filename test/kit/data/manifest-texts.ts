import fc from 'fast-check';

/** A value, and how it is written in YAML. */
type Written = string | { block: readonly string[] } | Written[] | Mapping;
type Mapping = Map<string, Written>;

/** Scalars that are read by unexpected rules, or that need their quotes. */
const scalar = fc.oneof(
  fc.constantFrom('yes', 'on', '017', '0o17', '1e3', '1.50', '~', 'null', '12:30:45', '1_000', '2024-01-01'),
  fc.constantFrom(
    '"a: b"',
    '"#x"',
    "'it''s'",
    '"😀 é"',
    '""',
    "'- a'",
    '"two\\nlines"',
    '"007"',
    '"yes"',
    '"~"',
  ),
  fc.constantFrom('a b', '$HOME', '-5', 'true', 'https://user:pass@example.org/x', '!!str 5', 'x#y', "'*a'"),
);
const block = fc
  .constantFrom(['one', '  two', '', '# three'], ['single'], ['a: b', '- c'])
  .map((lines) => ({ block: lines }));

const mapping = (entries: [string, Written | null][]): Mapping =>
  new Map(entries.filter((entry): entry is [string, Written] => entry[1] !== null));

const mappingOf = (keys: string[], value: fc.Arbitrary<Written>, maxLength = 3): fc.Arbitrary<Mapping> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...keys), value), { maxLength, selector: ([key]) => key })
    .map((entries) => new Map(entries));

const { value } = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    scalar,
    block,
    fc.array(scalar, { maxLength: 3 }),
    mappingOf(['size', 'token', 'a.b', '"quoted key"', 'naïve'], tie('value')),
  ),
}));

const env = fc.option(mappingOf(['MODE', 'TAP_A_SIZE', 'API_TOKEN', 'EMPTY'], scalar));
const config = fc.option(
  mappingOf(['size', 'limits', 'limits.rows', 'password', 'nested.deep.er', 'url', 'since'], value),
);
const annotations = fc.option(mappingOf(['note', 'owner'], mappingOf(['a', 'b'], value)), { freq: 3 });

const settings = fc.option(
  fc
    .uniqueArray(
      fc.record({
        name: fc.constantFrom('size', 'limits', 'password', 'url'),
        kind: fc.constantFrom('string', 'integer', 'object'),
        value: fc.option(scalar),
      }),
      { maxLength: 3, selector: ({ name }) => name },
    )
    .map((list) =>
      list.map(({ name, kind, value }) =>
        mapping([
          ['name', name],
          ['kind', kind],
          ['value', value],
          ['sensitive', name === 'password' ? 'true' : null],
        ]),
      ),
    ),
);

const plugin = (name: string, more: [string, Written][] = []): fc.Arbitrary<Mapping> =>
  fc
    .record({ env, config, settings, annotations, label: fc.option(scalar), extra: fc.option(value) })
    .map((parts) =>
      mapping([
        ['name', name],
        ...(more.some(([key]) => key === 'inherit_from')
          ? []
          : [['namespace', name.replace('-', '_')] as [string, Written]]),
        ...more,
        ['label', parts.label],
        ['settings', parts.settings],
        ['config', parts.config],
        ['env', parts.env],
        ['an_extra', parts.extra],
        ['annotations', parts.annotations],
      ]),
    );

const commands = new Map<string, Written>([
  ['run', "-n 'a b'"],
  [
    'check',
    new Map([
      ['args', '""'],
      ['description', '"# none"'],
    ]),
  ],
]);
const mappings = [
  mapping([
    ['name', 'hide'],
    ['config', mapping([['stream_maps', mapping([['a', '~']])]])],
  ]),
];

/** Lists of plugins of all types. `tap-a`, `target-a` and `tool` are always there. */
const plugins = fc
  .record({
    extractors: fc
      .tuple(plugin('tap-a'), plugin('tap-b', [['inherit_from', 'tap-a']]))
      .map((list) => list as Written[]),
    loaders: plugin('target-a').map((one) => [one]),
    utilities: plugin('tool', [['commands', commands]]).map((one) => [one]),
    mappers: fc.option(plugin('map-a', [['mappings', mappings]]).map((one) => [one])),
    transforms: fc.option(plugin('trans-a').map((one) => [one])),
    orchestrators: fc.option(plugin('orch-a').map((one) => [one])),
    transformers: fc.option(plugin('former-a').map((one) => [one])),
    files: fc.option(plugin('files-a').map((one) => [one])),
  })
  .map((lists) => mapping(Object.entries(lists)));

const environment = (name: string): fc.Arbitrary<Mapping> =>
  fc
    .record({
      env,
      annotations,
      suffix: fc.option(fc.constantFrom('yes', '"017"', 'eu', '"a b"')),
      tap: fc.option(fc.record({ config, env, extra: fc.option(value) })),
    })
    .map(({ env, annotations, suffix, tap }) => {
      const own =
        tap &&
        mapping([
          ['name', 'tap-a'],
          ['config', tap.config],
          ['env', tap.env],
          ['an_extra', tap.extra],
        ]);
      return mapping([
        ['name', name],
        ['state_id_suffix', suffix],
        ['env', env],
        ['config', own && mapping([['plugins', mapping([['extractors', [own]]])]])],
        ['annotations', annotations],
      ]);
    });

const task = fc.constantFrom<Written>('tap-a target-a', ['tap-b', 'target-a'], 'tool:run', [
  'tool:check',
  'tap-a target-a',
]);

const job = (name: string): fc.Arbitrary<Mapping> =>
  fc
    .record({ tasks: fc.array(task, { minLength: 1, maxLength: 3 }), annotations })
    .map(({ tasks, annotations }) =>
      mapping([
        ['name', name],
        ['tasks', tasks],
        ['annotations', annotations],
      ]),
    );

const target = fc.constantFrom<[string, string][]>(
  [['job', 'load']],
  [
    ['extractor', 'tap-a'],
    ['loader', 'target-a'],
    ['transform', 'skip'],
  ],
);

const schedule = (name: string): fc.Arbitrary<Mapping> =>
  fc
    .record({
      interval: fc.constantFrom("'@daily'", "'*/5 * * * mon-fri'", "'@once'"),
      target,
      env,
      annotations,
    })
    .map(({ interval, target, env, annotations }) =>
      mapping([
        ['name', name],
        ['interval', interval],
        ...target,
        ['env', env],
        ['annotations', annotations],
      ]),
    );

/** How the values are written: comments, indentation of lists, and anchors. */
interface Style {
  comments: number[];
  indent: boolean;
  anchor: 'NONE' | 'WANTED' | 'MADE';
}

const style: fc.Arbitrary<Style> = fc.record({
  comments: fc.array(fc.nat({ max: 80 }), { maxLength: 8 }),
  indent: fc.boolean(),
  anchor: fc.constantFrom('NONE', 'WANTED'),
});

/**
 * Texts of a `meltano.yml` that Meltano loads. They have the environments `dev` and `prod`, at least the job
 * `load`, plugins of all types, values that are easily misread, comments and anchors.
 */
export const manifestText: fc.Arbitrary<string> = fc
  .record({
    env,
    annotations,
    environments: fc.tuple(environment('dev'), environment('prod')),
    plugins,
    jobs: fc.tuple(job('load'), fc.option(job('more'))).map((list) => list.filter((one) => one !== null)),
    schedules: fc.option(fc.tuple(schedule('first'), schedule('second'))),
    style,
  })
  .map(({ style, environments, ...parts }) =>
    commented(
      write(
        mapping([
          ['version', '1'],
          ['project_id', 'generated'],
          ['default_environment', 'dev'],
          ['environments', environments as Written[]],
          ...Object.entries(parts as Record<string, Written | null>),
        ]),
        '',
        { ...style },
      ).slice(1),
      style,
    ),
  );

/** The text after a key or a dash. */
function write(node: Written, indent: string, style: Style): string {
  if (typeof node === 'string') return ` ${node}\n`;
  if (Array.isArray(node)) {
    if (node.length === 0) return ' []\n';
    const inner = style.indent ? indent : indent.slice(2);
    return `\n${node.map((item) => `${inner}-${afterDash(item, `${inner}  `, style)}`).join('')}`;
  }
  if (!(node instanceof Map)) return ` |\n${node.block.map((line) => `${line && indent}${line}\n`).join('')}`;
  return node.size === 0 ? ' {}\n' : `\n${entriesOf(node, indent, style)}`;
}

function afterDash(item: Written, indent: string, style: Style): string {
  if (item instanceof Map && item.size > 0) return ` ${entriesOf(item, indent, style).slice(indent.length)}`;
  return Array.isArray(item) ? ` [${item.map(String).join(', ')}]\n` : write(item, indent, style);
}

function entriesOf(node: Mapping, indent: string, style: Style): string {
  return [...node]
    .map(([key, value]) => `${indent}${key}:${afterKey(key, value, `${indent}  `, style)}`)
    .join('');
}

/** With anchors, the first `env` that is not empty has one, and all later ones are aliases of it. */
function afterKey(key: string, value: Written, indent: string, style: Style): string {
  if (key !== 'env' || style.anchor === 'NONE') return write(value, indent, style);
  if (style.anchor === 'MADE') return ' *variables\n';
  if (value instanceof Map && value.size > 0) style.anchor = 'MADE';
  return `${style.anchor === 'MADE' ? ' &variables' : ''}${write(value, indent, style)}`;
}

/** Adds comments between some lines and at the end of others. In a block of text they become a part of it. */
function commented(text: string, { comments }: Style): string {
  return text
    .split('\n')
    .flatMap((line, i) => [
      ...(comments.includes(i) ? [`${/^ */.exec(line)?.[0] ?? ''}# note ${i}`] : []),
      line !== '' && comments.includes(i + 1) ? `${line} # after` : line,
    ])
    .join('\n');
}
