import { expect, test } from 'vitest';
import { InputCheck } from '../src/errors.ts';
import { checkTimeZone } from '../src/domain/definitions/cron.ts';
import { checkInterval } from '../src/manifest/cron.ts';
import { checkSuffix } from '../src/domain/definitions/state-id-suffix.ts';
import { checkName } from '../src/domain/naming/names.ts';
import { redacted, redactedUrl } from '../src/domain/secrets/redact.ts';
import { looksSensitive } from '../src/domain/secrets/what-is-secret.ts';
import { equalExact, parseExact, printExact } from '../src/lib/exact-json.ts';
import { parsePointer } from '../src/lib/json-pointer.ts';
import { isPostgresText, toPostgresText } from '../src/lib/postgres-text.ts';
import { bindingsIn } from '../src/manifest/files/dot-env.ts';
import { resolveScalar } from '../src/manifest/yaml/scalar.ts';
import { openDocument } from '../src/manifest/yaml/document.ts';
import { newReading } from '../src/manifest/reading.ts';
import { parseYaml } from '../src/manifest/yaml/yaml-text.ts';
import { settingEnvName } from '../src/manifest/setting-env-name.ts';
import { splitLines } from '../src/runner/process/lines.ts';
import { meltanoEventOf } from '../src/runner/output/meltano-event.ts';
import { metricOf } from '../src/runner/output/metric.ts';
import { parseOutputLine } from '../src/runner/output/output.ts';
import { nameOfFailure } from '../src/runner/test-plugins.ts';
import { partsOfStateId } from '../src/store/states/state-id-parts.ts';

const megabyte = 1024 * 1024;

/** A megabyte of a text that is repeated, between a start and an end. */
const many = (text: string, { start = '', end = '' } = {}): string =>
  start + text.repeat(Math.ceil(megabyte / text.length)) + end;

const texts: Record<string, string> = {
  'word characters': many('x'),
  'digits and no end': many('0', { start: '0b', end: 'x' }),
  'a number with a long row of zeros': many('0', { start: '1', end: '1' }),
  blanks: many(' ', { end: 'x' }),
  dots: many('.', { end: 'x' }),
  colons: many(':'),
  'blanks after colons': many('a: ', { end: '\r' }),
  'line ends': many('\n', { end: 'x' }),
  'halves of a state id': many('-to-', { start: 'dev:', end: ':\n' }),
  'metrics that begin': many('METRIC: { ', { start: ' ' }),
  'starts of addresses': many('a://'),
  'an address with many signs': many('@', { start: 'https://', end: '/' }),
  'open quotes': many('\\"', { start: '"' }),
  'lines with open quotes': many('A="x\n', { end: "'" }),
  'variables without an end': many('${', { start: '$' }),
  'words of secrets': many('token '),
  humps: many('aB'),
  'brackets that open': many('['),
  stars: many('*', { end: '/x' }),
  'warnings that begin': many('xWarning:'),
  pointers: many('/~1', { end: '~' }),
};

const json = (value: unknown): string => JSON.stringify(value);
const checked = (run: (check: InputCheck) => void): void => run(new InputCheck());
const meltanoLine = (event: string): string => JSON.stringify({ event, level: 'info', _logger: event });
const pluginLine = (event: string): string =>
  JSON.stringify({ event, name: 'tap-a', stdio: 'stderr', level: 'info' });

const places: Record<string, (text: string) => unknown> = {
  'a line without a form': (text) => parseOutputLine(text),
  'a line of Meltano': (text) => parseOutputLine(meltanoLine(text)),
  'a line of a plugin': (text) => parseOutputLine(pluginLine(text)),
  'an event of Meltano': (text) => [
    meltanoEventOf(`Running job with name '${text}`, {}),
    meltanoEventOf(`Installed ${text}`, {}),
    meltanoEventOf(`Meltano ${text}`, {}),
  ],
  'a metric': (text) => metricOf(text, undefined),
  'a summary of tests': (text) => nameOfFailure(`${text} failure`),
  'the bytes of a process': (text) => splitLines().push(Buffer.from(text)),
  'a state id': (text) => partsOfStateId(text),
  'a plain value of a manifest': (text) => resolveScalar(text, '1.1'),
  'a manifest': (text) => parseYaml(newReading(), 'meltano.yml', text),
  'a quoted value of a manifest': (text) => openDocument(`version: 1\nx: ${json(text)}\n`),
  'a file of variables': (text) => bindingsIn(text),
  'the name of a setting': (text) => settingEnvName({ name: text }, { name: text }),
  'an interval': (text) => checkInterval(text),
  'a time zone': (text) => checkTimeZone(text),
  'a name': (text) => checked((check) => checkName(check, 'name', text)),
  'a suffix': (text) => checked((check) => checkSuffix(check, text, { dollar: true })),
  'an address': (text) => redactedUrl(text),
  'a configuration': (text) => redacted({ [text]: [text, { [text]: text }] }),
  'a name that may be that of a secret': (text) => looksSensitive(text),
  'a state': (text) => printExact(parseExact(json({ [text]: text }))),
  'two numbers of a state': (text) =>
    /^\d+$/.test(text) && equalExact(parseExact(`1${text}`), parseExact(`1${text}0`)),
  'a pointer': (text) => parsePointer(text),
  'a text for the database': (text) => [isPostgresText(text), toPostgresText(text)],
};

test.each(Object.keys(places))('%s takes any megabyte of text in linear time', (place) => {
  const slow = Object.entries(texts).flatMap(([name, text]) => {
    const begun = performance.now();
    places[place]?.(text);
    const ms = Math.round(performance.now() - begun);
    // Most take 1 to 50 ms. What grows with the square of the length takes minutes.
    return ms > 20_000 ? [`${name}: ${ms} ms`] : [];
  });
  expect(slow).toEqual([]);
});
