/** Makes a `meltano.yml` with so many of something. */
export type GrowingText = (count: number) => string;

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

const tap = (rest: string): string =>
  `plugins:\n  extractors:\n    - name: tap\n      namespace: tap\n${rest}\n`;
const dev = 'environments: [{ name: dev }]\n';
const loader = '  loaders: [{ name: target, namespace: target }]\n';

/** Texts of a `meltano.yml` that grow in one thing each. */
export const growingManifests: Record<string, GrowingText> = {
  plugins: (n) =>
    `${dev}plugins:\n  extractors:\n${lines(n, (i) => `    - { name: tap-${i}, namespace: tap_${i} }`)}\n`,
  'plugins without a definition': (n) =>
    `plugins:\n  extractors:\n${lines(n, (i) => `    - name: tap-${i}`)}\n`,
  'plugins of one name': (n) =>
    `plugins:\n  extractors:\n${lines(n, () => '    - { name: tap, namespace: tap }')}\n`,
  'plugins that inherit from one': (n) =>
    `${tap('')}${lines(n, (i) => `    - { name: tap-${i}, inherit_from: tap }`)}\n`,
  settings: (n) =>
    dev + tap(`      settings:\n${lines(n, (i) => `        - { name: s${i}, kind: string }`)}`),
  'settings with values': (n) =>
    dev +
    tap(
      `      settings:\n${lines(n, (i) => `        - name: s${i}`)}\n      config:\n${lines(n, (i) => `        s${i}: v`)}`,
    ),
  'aliases of a setting': (n) =>
    tap(
      `      settings: [{ name: s, aliases: [${Array.from({ length: n }, (_, i) => `a${i}`).join(', ')}] }]\n      config:\n${lines(n, (i) => `        a${i}: v`)}`,
    ),
  'values of unknown settings': (n) => dev + tap(`      config:\n${lines(n, (i) => `        s${i}: v`)}`),
  'parts of a dotted setting': (n) => tap(`      config: { ${'a.'.repeat(Math.min(n, 450))}b: v }`),
  'values below a long key': (n) =>
    tap(`      config:\n        ${'k'.repeat(900)}:\n${lines(n, (i) => `          s${i}: v`)}`),
  'a long default': (n) => tap(`      settings: [{ name: s, value: ${'a'.repeat(n * 20)} }]`),
  'a long description with addresses': (n) => tap(`      description: ${'a://b@'.repeat(n * 3)}`),
  commands: (n) => tap(`      commands:\n${lines(n, (i) => `        c${i}: run`)}`),
  'variables of a plugin': (n) => dev + tap(`      env:\n${lines(n, (i) => `        TAP_V${i}: v`)}`),
  'variables of the project': (n) => `${dev}env:\n${lines(n, (i) => `  TAP_V${i}: v`)}\n${tap('')}`,
  'settings and their variables': (n) =>
    `${dev}env:\n${lines(n, (i) => `  TAP_S${i}: v`)}\n${tap(`      settings:\n${lines(n, (i) => `        - name: s${i}`)}`)}`,
  'variables of schedules': (n) =>
    `${dev}${tap('')}jobs: [{ name: j, tasks: [tap target] }]\nschedules:\n  - name: s\n    interval: '@daily'\n    job: j\n    env:\n${lines(n, (i) => `      V${i}: v`)}\n`,
  environments: (n) => `${tap('')}environments:\n${lines(n, (i) => `  - name: e${i}`)}\n`,
  'environments that configure a plugin': (n) =>
    `${tap('')}environments:\n${lines(n, (i) => `  - { name: e${i}, config: { plugins: { extractors: [{ name: tap, config: { s: ${i} } }] } } }`)}\n`,
  'plugins that an environment configures': (n) =>
    `plugins:\n  extractors:\n${lines(n, (i) => `    - { name: tap-${i}, namespace: t }`)}\nenvironments:\n  - name: dev\n    config:\n      plugins:\n        extractors:\n${lines(n, (i) => `          - { name: tap-${i}, config: { s: 1 } }`)}\n`,
  jobs: (n) => `${dev}${tap(loader)}jobs:\n${lines(n, (i) => `  - { name: j${i}, tasks: [tap target] }`)}\n`,
  'jobs of one name': (n) =>
    `${dev}${tap(loader)}jobs:\n${lines(n, () => '  - { name: j, tasks: [tap target] }')}\n`,
  'blocks of jobs': (n) =>
    `${dev}${tap(loader)}jobs:\n${lines(Math.ceil(n / 100), (i) => `  - { name: j${i}, tasks: [${'tap target, '.repeat(100)}] }`)}\n`,
  'unknown blocks': (n) =>
    `${dev}jobs:\n  - name: ${'j'.repeat(200)}\n    tasks:\n${lines(n, (i) => `      - b${i}`)}\n`,
  'plugins and their jobs': (n) =>
    `${dev}plugins:\n  extractors:\n${lines(n, (i) => `    - { name: tap-${i}, namespace: t }`)}\n${loader}jobs:\n${lines(n, (i) => `  - { name: j${i}, tasks: [tap-${i} target] }`)}\n`,
  mappings: (n) =>
    `${dev}plugins:\n  mappers:\n    - name: m\n      namespace: m\n      mappings:\n${lines(n, (i) => `        - { name: m${i}, config: { a: 1 } }`)}\njobs:\n  - name: j\n    tasks:\n${lines(Math.min(n, 900), (i) => `      - m${i}`)}\n`,
  schedules: (n) =>
    `${dev}${tap(loader)}jobs: [{ name: j, tasks: [tap target] }]\nschedules:\n${lines(n, (i) => `  - { name: s${i}, interval: '@daily', job: j }`)}\n`,
  'schedules of pairs': (n) =>
    `${dev}${tap(loader)}schedules:\n${lines(n, (i) => `  - { name: s${i}, interval: '@daily', extractor: tap, loader: target, transform: skip }`)}\n`,
  'aliases of a text': (n) => `x: &a text\ny:\n${lines(Math.min(n, 9000), () => '  - *a')}\n`,
  'aliases of a mapping': (n) => `x: &a { b: c }\ny:\n${lines(Math.min(n, 9000), (i) => `  k${i}: *a`)}\n`,
  'anchors and their aliases': (n) =>
    lines(Math.min(n, 9000), (i) => (i === 0 ? 'k0: &k0 v' : `k${i}: { a: &k${i} v, b: *k${i - 1} }`)),
  merges: (n) => `x: &a { b: c }\ny:\n${lines(Math.min(n, 9000), (i) => `  k${i}: { <<: *a, d: 1 }`)}\n`,
  'keys at the top': (n) => lines(n, (i) => `k${i}: v`),
  'keys that come twice': (n) => `k: 1\n${lines(n, () => 'k: 1')}`,
  'entries that are wrong': (n) => `jobs:\n${lines(n, (i) => `  - { name: j${i}, taks: [] }`)}`,
  'schedules of unknown jobs': (n) =>
    `schedules:\n${lines(n, (i) => `  - { name: s${i}, interval: '@daily', job: j${i} }`)}`,
  annotations: (n) => tap(`      annotations:\n${lines(n, (i) => `        a${i}: v`)}`),
  comments: (n) => `${lines(n, () => '# comment')}\nx: 1\n`,
  'comments after values': (n) => lines(n, (i) => `k${i}: v # comment`),
  'empty lines': (n) => `x: 1\n${'\n'.repeat(n * 20)}y: 1\n`,
  'a block of lines': (n) => `x: |\n${lines(n * 3, () => '  line')}\n`,
  'a folded block': (n) => `x: >\n${lines(n * 3, () => '  line of text\n')}\n`,
  'a plain text of many lines': (n) => `x: a\n${lines(n * 3, () => '  b')}\n`,
  'a quoted text of many lines': (n) => `x: "a\n${lines(n * 3, () => '  b')}"\n`,
  'a text of escapes': (n) => `x: "${String.raw`\u0041`.repeat(n * 3)}"\n`,
  'a flow list': (n) => `x: [${'a, '.repeat(n * 5)}]\n`,
  'nested lists': (n) => lines(n / 10, (i) => `k${i}: ${'['.repeat(60)}${']'.repeat(60)}`),
  tags: (n) => lines(n, (i) => `k${i}: !t${i} v`),
  'number signs': (n) => `x: 0b${'0'.repeat(n * 20)}x\n`,
};
