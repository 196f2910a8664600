import { expect, test } from 'vitest';
import { maskOf } from '../../../src/domain/secrets/mask.ts';
import { parseLine, parseOutputLine } from '../../../src/runner/output/output.ts';

// Recorded from Meltano 4.4.1.
const ids = '"run_id": "01a20862-94b7-762d-9e6a-c13a6cba6f0b"';
const end = (level: string, logger: string) =>
  `"level": "${level}", "timestamp": "2026-11-23T12:30:08.604071Z", "_logger": "<_FixedFindCallerLogger ${logger} (INFO)>", "_name": "${level}"}`;
const ofTap =
  '"stdio": "stderr", "consumer": false, "producer": true, "string_id": "tap-numbers", "cmd_type": "elb", "job_name": "dev:tap-numbers-to-target-lines"';

test('a line of a plugin says which plugin, stream and state', () => {
  const text = `{${ofTap}, "name": "tap-numbers", "event": "starting after 0", ${ids}, ${end('info', 'meltano.plugin.stderr.extractors.tap-numbers')}`;
  expect(parseOutputLine(text)).toEqual({
    timestamp: new Date('2026-11-23T12:30:08.604Z'),
    level: 'INFO',
    source: 'PLUGIN',
    plugin: 'tap-numbers',
    stdio: 'STDERR',
    stateId: 'dev:tap-numbers-to-target-lines',
    message: 'starting after 0',
    ansiText: null,
    fields: {
      ...{ cmd_type: 'elb', consumer: false, producer: true, string_id: 'tap-numbers' },
      ...{
        run_id: '01a20862-94b7-762d-9e6a-c13a6cba6f0b',
        logger: 'meltano.plugin.stderr.extractors.tap-numbers',
      },
    },
    meltanoEvent: null,
    metric: null,
  });
});

test('a line of a command has a plugin and no state', () => {
  const text = `{"stdio": "stderr", "cmd_type": "command", "name": "shell", "event": "on stdout: fail", ${ids}, ${end('info', 'meltano.plugin.stderr.utilities.shell')}`;
  expect(parseOutputLine(text)).toMatchObject({
    source: 'PLUGIN',
    plugin: 'shell',
    stdio: 'STDERR',
    stateId: null,
  });
});

const meltanoEvents: [string, string, string, unknown][] = [
  [
    'the start of Meltano',
    '"event": "Meltano 4.4.1, Python 3.11.7, Linux (x86_64)", ',
    'info',
    { kind: 'MELTANO_STARTED', version: '4.4.1' },
  ],
  [
    'the start of a pair',
    `"event": "Running job with name 'dev:tap-numbers-to-target-lines' and run ID '01a20862-94b7-762d-9e6a-c13a6cba6f0b'", ${ids}, `,
    'info',
    {
      kind: 'BLOCK_STARTED',
      stateId: 'dev:tap-numbers-to-target-lines',
      runId: '01a20862-94b7-762d-9e6a-c13a6cba6f0b',
    },
  ],
  [
    'a run without state',
    `"event": "No state was found, complete import.", `,
    'warning',
    { kind: 'NO_STATE_FOUND' },
  ],
  [
    'updated state',
    `"event": "Incremental state has been updated at 2026-11-23 12:30:10.375213+00:00.", ${ids}, `,
    'info',
    { kind: 'STATE_UPDATED' },
  ],
  [
    'a pair that went well',
    `"set_number": 0, "block_type": "ExtractLoadBlocks", "success": true, "err": null, "duration_seconds": 0.46, "event": "Block run completed", ${ids}, `,
    'info',
    {
      ...{ kind: 'BLOCK_COMPLETED', setNumber: 0, blockType: 'EXTRACT_LOAD', success: true, error: null },
      ...{ exitCodes: [], durationSeconds: 0.46 },
    },
  ],
  [
    'a tap that failed',
    `"set_number": 0, "block_type": "ExtractLoadBlocks", "success": false, "err": "Extractor failed", "exit_codes": {"extractors": 7}, "duration_seconds": 0.524, "event": "Block run completed", ${ids}, `,
    'error',
    {
      ...{ kind: 'BLOCK_COMPLETED', setNumber: 0, blockType: 'EXTRACT_LOAD', success: false },
      ...{
        error: 'Extractor failed',
        exitCodes: [{ role: 'EXTRACTOR', plugin: null, exitCode: 7 }],
        durationSeconds: 0.524,
      },
    },
  ],
  [
    'a target that failed',
    `"set_number": 0, "block_type": "ExtractLoadBlocks", "success": false, "err": "Loader failed", "exit_codes": {"loaders": 9}, "duration_seconds": 0.533, "event": "Block run completed", ${ids}, `,
    'error',
    {
      ...{ kind: 'BLOCK_COMPLETED', setNumber: 0, blockType: 'EXTRACT_LOAD', success: false },
      ...{
        error: 'Loader failed',
        exitCodes: [{ role: 'LOADER', plugin: null, exitCode: 9 }],
        durationSeconds: 0.533,
      },
    },
  ],
  [
    'a command that went well',
    `"set_number": 1, "block_type": "InvokerCommand", "success": true, "err": null, "duration_seconds": 0.122, "event": "Block run completed", ${ids}, `,
    'info',
    {
      ...{ kind: 'BLOCK_COMPLETED', setNumber: 1, blockType: 'COMMAND', success: true, error: null },
      ...{ exitCodes: [], durationSeconds: 0.122 },
    },
  ],
  [
    'a command that failed',
    `"set_number": 0, "block_type": "InvokerCommand", "success": false, "err": "\`shell fail\` failed with exit code: 5", "exit_codes": {}, "duration_seconds": 0.174, "event": "Block run completed", ${ids}, `,
    'error',
    {
      ...{ kind: 'BLOCK_COMPLETED', setNumber: 0, blockType: 'COMMAND', success: false },
      ...{ error: '`shell fail` failed with exit code: 5', exitCodes: [], durationSeconds: 0.174 },
    },
  ],
  [
    'a run that went well',
    `"duration_seconds": 0.583, "status": "success", "event": "Run completed", ${ids}, `,
    'info',
    { kind: 'RUN_COMPLETED', success: true, durationSeconds: 0.583 },
  ],
  [
    'a run that failed',
    `"duration_seconds": 0.525, "status": "failure", "event": "Run completed", ${ids}, `,
    'info',
    { kind: 'RUN_COMPLETED', success: false, durationSeconds: 0.525 },
  ],
  [
    'the start of an installation',
    '"event": "Installing 1 plugins", ',
    'info',
    { kind: 'INSTALL_STARTED', plugins: 1 },
  ],
  [
    'an installed plugin',
    `"event": "Installed extractor 'tap-jsonl'", `,
    'info',
    { kind: 'PLUGIN_INSTALLED', plugin: 'tap-jsonl' },
  ],
  [
    'a plugin that could not be installed',
    '"install_state": {"plugin_type": "extractors", "plugin_name": "tap-nowhere", "reason": "install", "status": "error", "message": "Command failed", "details": "No solution found"}, "event": "Installation failed. Command failed.", ',
    'error',
    {
      ...{ kind: 'PLUGIN_INSTALL_FAILED', plugin: 'tap-nowhere', pluginType: 'extractors' },
      ...{ message: 'Command failed', details: 'No solution found' },
    },
  ],
];

test.each(meltanoEvents)('%s is a Meltano event', (_, start, level, meltanoEvent) => {
  const line = parseOutputLine(`{${start}${end(level, 'meltano.cli.run')}`);
  expect(line).toMatchObject({ meltanoEvent, level: level.toUpperCase(), source: 'MELTANO', plugin: null });
});

test('exit codes of mappers are a list', () => {
  const text =
    '{"exit_codes": [{"mapper-a": 3}, {"mapper-b": -9}], "event": "Block run completed", "level": "error"}';
  expect(parseOutputLine(text).meltanoEvent).toMatchObject({
    exitCodes: [
      { role: 'MAPPER', plugin: 'mapper-a', exitCode: 3 },
      { role: 'MAPPER', plugin: 'mapper-b', exitCode: -9 },
    ],
  });
});

test('a plugin cannot pretend to be Meltano', () => {
  const text = `{"stdio": "stderr", "cmd_type": "command", "name": "shell", "status": "success", "event": "Run completed", ${end('info', 'x')}`;
  expect(parseOutputLine(text).meltanoEvent).toBeNull();
});

const counted = {
  type: 'counter',
  metric: 'record_count',
  value: 3,
  stream: 'numbers',
  tags: { stream: 'numbers' },
};
const inner =
  '{\\"type\\": \\"counter\\", \\"metric\\": \\"record_count\\", \\"value\\": 3, \\"tags\\": {\\"stream\\": \\"numbers\\"}}';

test.each([
  [
    'structured logging',
    `{${ofTap}, "pid": 12394, "thread_name": "MainThread", "app_name": "tap-numbers", "metric_info": {"type": "counter", "metric": "record_count", "value": 3, "tags": {"stream": "numbers"}}, "name": "tap-numbers-structured", "plugin_logger": "tap_numbers", "stream_name": "numbers", "event": "METRIC", ${ids}, ${end('info', 'x')}`,
  ],
  [
    'the text of the Singer SDK',
    `{${ofTap}, "name": "tap-numbers", "event": "METRIC: ${inner}", ${end('info', 'x')}`,
  ],
  [
    'the text of older taps',
    `{${ofTap}, "name": "tap-numbers", "event": "INFO METRIC: ${inner}", ${end('info', 'x')}`,
  ],
  [
    'text after a time and a logger',
    `{${ofTap}, "name": "tap-numbers", "event": "2026-11-23 12:30:08,604 | INFO     | tap-numbers.numbers | METRIC: ${inner}", ${end('info', 'x')}`,
  ],
])('a metric is found in %s', (_, text) => {
  expect(parseOutputLine(text).metric).toEqual(counted);
});

test('a metric that is none is an ordinary line', () => {
  for (const event of ['METRIC: {', 'METRIC: {}', 'METRIC: []', 'METRIC: {\\"type\\": 1}', 'METRICS: {}']) {
    expect(parseOutputLine(`{${ofTap}, "name": "tap-numbers", "event": "${event}"}`).metric).toBeNull();
  }
});

test('what is no JSON is kept whole, with the level it looks like', () => {
  const level = (text: string) => {
    const line = parseOutputLine(text);
    expect(line).toMatchObject({ message: text, source: 'MELTANO', timestamp: null, fields: {} });
    return line.level;
  };
  for (const text of [
    ...['Error: Block tap-nothing not found', 'Aborted!', 'Traceback (most recent call last):'],
    ...[
      '  File "/usr/lib/python3/x.py", line 3, in main',
      'KeyError: 3',
      'sqlalchemy.exc.OperationalError: no',
    ],
    "Error: Invalid value for '--run-id' (env var: 'MELTANO_RUN_ID'): zz is not a valid UUID.",
  ]) {
    expect([text, level(text)]).toEqual([text, 'ERROR']);
  }
  expect(level('/x/y.py:3: DeprecationWarning: old')).toBe('WARNING');
  for (const text of [
    'Usage: meltano run [OPTIONS] [BLOCKS]...',
    '',
    '{',
    '{"no": "event"}',
    '[1]',
    'null',
    ' {"event": "e"}',
  ]) {
    expect([text, level(text)]).toEqual([text, 'INFO']);
  }
});

test('a refusal that Meltano logs keeps its traceback among the fields', () => {
  const text = `{"event": "block violates set requirements: Loader missing in block set!", "level": "error", "timestamp": "2026-11-23T12:30:15.465750Z", "exception": [{"exc_type": "BlockSetValidationError", "frames": [{"filename": "/x/cli.py", "lineno": 115}]}], "_logger": "<_FixedFindCallerLogger meltano.cli.utils (INFO)>", "_name": "error"}`;
  expect(parseOutputLine(text).fields).toEqual({
    exception: [{ exc_type: 'BlockSetValidationError', frames: [{ filename: '/x/cli.py', lineno: 115 }] }],
    logger: 'meltano.cli.utils',
  });
});

test('all text can be stored in PostgreSQL', () => {
  const text = String.raw`{"event": "a\u0000b\ud800c😀", "k\u0000": {"x": ["\udc00"]}, "name": "p\u0000", "stdio": "stdout", "job_name": "s\u0000"}`;
  const line = parseOutputLine(text);
  expect(line.message).toBe('a\uFFFDb\uFFFDc😀');
  expect(line.fields).toEqual({ 'k\uFFFD': { x: ['\uFFFD'] } });
  expect([line.plugin, line.stdio, line.stateId]).toEqual(['p\uFFFD', 'STDOUT', 's\uFFFD']);
  expect(parseOutputLine('nul \0 here').message).toBe('nul \uFFFD here');
});

test('a line is bounded: its message, its fields, their depth', () => {
  const long = parseOutputLine(JSON.stringify({ event: '€'.repeat(100_000) }));
  expect(long.message).toMatch(/^€+… \[34464 more characters\]$/);
  const wide = Object.fromEntries(
    Array.from({ length: 90 }, (_, index) => [`k${String(index)}`, 'x'.repeat(5000)]),
  );
  const { fields } = parseOutputLine(JSON.stringify({ event: 'e', small: 1, ...wide }));
  expect(JSON.stringify(fields).length).toBeLessThan(40_000);
  expect(fields).toHaveProperty('small', 1);
  expect(fields).toHaveProperty('omitted');
  const deep = `{"event": "e", "deep": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  expect(JSON.stringify(parseOutputLine(deep).fields)).toContain('…');
});

test('of a long line, secrets are looked for in little more than what is kept', () => {
  let length = 0;
  const mask = (text: string): string => {
    length += text.length;
    return text.replaceAll('secret', '-');
  };
  const wide = Object.fromEntries(
    Array.from({ length: 90 }, (_, i) => [`secret-${String(i).padStart(2, '0')}`, 'x'.repeat(9000)]),
  );
  const line = { event: 'y'.repeat(200_000), ...wide, small: 'a secret', list: Array(30_000).fill('secret') };
  const { message, fields } = parseOutputLine(JSON.stringify(line), mask);
  expect(length).toBeLessThan(2 * (64 + 32) * 1024);
  expect(message).toHaveLength(64 * 1024 + '… [134464 more characters]'.length);
  const { small, list, omitted, ...kept } = fields;
  expect([small, list]).toEqual(['a -', [...Array<string>(100).fill('-'), '…']]);
  expect(Object.values(kept)).toEqual(Array(7).fill(`${'x'.repeat(4096)}… [4904 more characters]`));
  expect([...Object.keys(kept), ...(omitted as string[])].sort()).toEqual(
    Object.keys(wide).map((key) => key.replace('secret', '-')),
  );
});

const parsed = (record: object) => parseOutputLine(JSON.stringify({ event: 'e', ...record }));

test.each([
  ['notset', 'DEBUG'],
  ['debug', 'DEBUG'],
  ['Info', 'INFO'],
  ['warn', 'WARNING'],
  ['WARNING', 'WARNING'],
  ['error', 'ERROR'],
  ['exception', 'ERROR'],
  ['fatal', 'CRITICAL'],
  ['critical', 'CRITICAL'],
  ['other', 'INFO'],
  [5, 'INFO'],
])('the level %s is %s', (level, expected) => {
  expect(parsed({ level }).level).toBe(expected);
});

test('fields of another type than they should have are left out, and so is what has its own place', () => {
  const line = parsed({ event: 5, timestamp: 7, name: 1, stdio: 'stdout', job_name: 2, none: null, a: 1 });
  expect(line).toMatchObject({
    timestamp: null,
    source: 'MELTANO',
    plugin: null,
    stdio: null,
    stateId: null,
  });
  expect(line.message).toContain('"event":5');
  expect(line.fields).toEqual({ a: 1 });
  expect(parsed({ timestamp: 'never' }).timestamp).toBeNull();
  expect(parsed({ name: 'tap', stdio: 'stdout' })).toMatchObject({ plugin: 'tap', stdio: 'STDOUT' });
  expect(parsed({ name: 'tap' })).toMatchObject({ plugin: null, stdio: null });
  expect(parsed({ _logger: 'x' }).fields).toEqual({});
  expect(parsed({ _logger: 3, _name: 'info', level: 'info' }).fields).toEqual({});
});

test.each([
  ['Error: x', 'ERROR'],
  ['Fatal x', 'ERROR'],
  ['[ERROR] x', 'ERROR'],
  ['CRITICAL x', 'ERROR'],
  ['ERRORS x', 'INFO'],
  ['x ERROR', 'INFO'],
  ['a.b.KeyError', 'ERROR'],
  ['ValueException: x', 'ERROR'],
  ['KeyErrors', 'INFO'],
  ['x KeyError', 'INFO'],
  ['Warning: x', 'WARNING'],
  ['[WARN] x', 'WARNING'],
  ['WARNING x', 'WARNING'],
  ['x Warning: y', 'INFO'],
  ['x WARN', 'INFO'],
  ['x.py:3: UserWarning: y', 'WARNING'],
  [`${'x'.repeat(2000)}UserWarning: y`, 'INFO'],
])('what is no JSON and begins as %.20j has the level %s', (text, level) => {
  expect(parseOutputLine(text)).toMatchObject({ level, source: 'MELTANO', meltanoEvent: null, metric: null });
});

test('Meltano itself measures nothing, and a secret in its errors is hidden', () => {
  const metric = 'METRIC: {"type": "t", "metric": "m", "value": 1}';
  expect(parsed({ event: metric }).metric).toBeNull();
  expect(parsed({ event: metric, name: 'tap', stdio: 'stderr' }).metric).toMatchObject({ value: 1 });
  const failed = JSON.stringify({ event: 'Block run completed', err: 'secret' });
  expect(parseOutputLine(failed, () => '-').meltanoEvent).toMatchObject({ error: '-' });
});

test('a line keeps the time at which it was received', () => {
  const receivedAt = new Date(5);
  expect(parseLine({ text: '{"event": "secret"}', receivedAt }, () => '-')).toMatchObject({
    ...{ receivedAt, message: '-' },
  });
  expect(parseLine({ text: '{"event": "e"}', receivedAt }).message).toBe('e');
});

test('of many fields, the first hundred are kept', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
  expect(parsed({ level: 'info', none: null, ...many(100) }).fields).toEqual(many(100));
  expect(parsed({ level: 'info', none: null, ...many(101) }).fields).toEqual(many(100));
});

test('a long name is cut, and one that is special stays a name', () => {
  const name = 'n'.repeat(256);
  expect(Object.keys(parsed({ [name]: 1 }).fields)).toEqual([name]);
  expect(Object.keys(parsed({ [`${name}x`]: 1, b: 2 }).fields)).toEqual([
    `${name}… [1 more characters]`,
    'b',
  ]);
  const { fields } = parseOutputLine('{"event": "e", "__proto__": {"a": 1}, "b": 2}');
  expect(JSON.stringify(fields)).toBe('{"__proto__":{"a":1},"b":2}');
});

test('the largest fields are left out until the others fit', () => {
  const text = (length: number) => 'x'.repeat(length);
  // Together as long as they may be.
  const fields = Object.fromEntries('abcdefgh'.split('').map((key) => [key, text(4089)]));
  expect(parsed(fields).fields).toEqual(fields);
  const { omitted, ...kept } = parsed({ ...fields, a: text(4090) }).fields;
  expect(omitted).toEqual(['a']);
  expect({ ...kept, a: text(4089) }).toEqual(fields);
});

test('a long line of Meltano itself is an event, too, without what cannot be stored', () => {
  const err = `bad\0${'x'.repeat(5000)}`;
  const line = { event: 'Block run completed', set_number: 1, success: false, err };
  expect(parseOutputLine(JSON.stringify(line)).meltanoEvent).toMatchObject({
    ...{ kind: 'BLOCK_COMPLETED', setNumber: 1, blockType: 'OTHER', durationSeconds: null },
    error: `bad\uFFFD${'x'.repeat(4092)}… [908 more characters]`,
  });
});

/** A line that a plugin wrote. */
const written = (event: string): string =>
  JSON.stringify({ name: 'tap', stdio: 'stderr', event, level: 'info', error: '\u001b[31mred\u001b[0m' });

test.each([
  ['colors', '\u001b[1;31mfailed\u001b[0m: 3', 'failed: 3'],
  ['a link', '\u001b]8;;http://x/\u0007here\u001b]8;;\u001b\\!', 'here!'],
  ['codes of one character, and in eight bits', '\u001b7a\u001bMb\u009b2Kc', 'abc'],
  ['a code that was cut off', 'a\u001b[3', 'a'],
  ['a link without an end', 'a\u001b]0;title', 'a0;title'],
])('%s are left out of the text and kept beside it', (_, event, message) => {
  const line = parseOutputLine(written(event));
  expect(line).toMatchObject({ message, ansiText: event, fields: { error: 'red' } });
  expect(parseOutputLine(event)).toMatchObject({ message, ansiText: event, plugin: null });
});

test.each([
  ['10 %\r50 %\r100 %', '100 %'],
  ['\r10 %\r100 %\r', '100 %'],
  ['100 %\r\u001b[K', '100 %'],
  ['first\r\nsecond\r\n', 'first\nsecond\n'],
  ['one\ntwo\rthree\nfour', 'one\nthree\nfour'],
  ['\r\r', ''],
])('of the line %j its last state is kept', (event, message) => {
  expect(parseOutputLine(written(event))).toMatchObject({ message, ansiText: null });
});

test('a very long line that was rewritten, and one of codes alone, take no longer than others', () => {
  const bar = parseOutputLine(written('\r\u001b[K'.repeat(100_000)));
  expect(bar.message).toBe('');
  const long = parseOutputLine(written(`${'\u001b]'.repeat(200_000)}end`));
  expect(long).toMatchObject({ message: expect.stringMatching(/^… \[\d+ more/) as string, ansiText: null });
});

test('the level of a line in color is that of its text', () => {
  expect(parseOutputLine('\u001b[31mError: no\u001b[0m')).toMatchObject({
    level: 'ERROR',
    message: 'Error: no',
  });
});

test('a secret is hidden with the colors in it, in the text and beside it', async () => {
  const mask = await maskOf(['hunter22']);
  const line = parseOutputLine(written('\u001b[1mpw hun\u001b[31mter22\u001b[0m ok'), mask);
  expect(line).toMatchObject({
    message: 'pw (redacted) ok',
    ansiText: '\u001b[1mpw (redacted)\u001b[0m ok',
  });
});
