import { writeFile } from 'node:fs/promises';
import { pluginTestCommandLine, testCommandLine } from './command.ts';
import { parseLine } from './output/output.ts';
import type { Outcome } from './process/process.ts';
import type { CommonOptions } from './run-meltano.ts';
import { startTask } from './task.ts';
import type { Task } from './task.ts';

/** The result of tests. */
export interface TestOutcome extends Outcome {
  /** Whether all tests passed. */
  passed: boolean;
  /** What failed, if Meltano said it; otherwise null. */
  complaint: string | null;
}

type Verdict = Pick<TestOutcome, 'passed' | 'complaint'>;

const nothing: Verdict = { passed: false, complaint: null };

/**
 * Runs tests, which are commands of plugins, one after the other. A test that fails does not stop the others.
 */
export async function runTests(
  options: CommonOptions & { environment: string; tests: readonly string[] },
): Promise<Task<Verdict>> {
  const { environment, tests } = options;
  const failed = new Set<string>();
  return startTask(options, {
    nothing,
    commandLine: (databaseUri) => testCommandLine({ environment, tests, databaseUri }),
    // The summary at the end has a line for each test, filled with dots.
    read: (raw) => {
      const line = parseLine(raw, options.mask);
      const name = line.timestamp === null ? nameOfFailure(raw.text) : null;
      if (name !== null && tests.includes(name)) failed.add(name);
      return line;
    },
    result: ({ exitCode }) => ({
      passed: exitCode === 0,
      complaint:
        failed.size === 0
          ? null
          : `${failed.size} of ${tests.length} tests failed: ${[...failed].join(', ')}.`,
    }),
  });
}

/** The name in a line such as `dbt:test........ failure`. */
export function nameOfFailure(line: string): string | null {
  const end = ' failure';
  if (!line.endsWith(end)) return null;
  let length = line.length - end.length;
  while (line[length - 1] === '.') length -= 1;
  return line.slice(0, length);
}

/**
 * Tests the configuration of an extractor or of a loader. An extractor passes when it sends its first record.
 * A loader gets a stream `meltano_test_stream` with one record, and writes it to its real destination.
 *
 * For a loader, Meltano 4.4.1 reports that the test passed, then fails to end the process, which has already
 * ended, and exits with 1 in both cases. It logs the loader's output only at the level DEBUG
 * (meltano/core/plugin_test_service.py). So its report decides, and the level of this one logger is raised.
 */
export async function testPlugin(
  options: CommonOptions & { environment: string; plugin: string; type: 'EXTRACTOR' | 'LOADER' },
): Promise<Task<Verdict>> {
  const { environment, plugin, type } = options;
  let saidPassed = false;
  let complaint: string | null = null;
  return startTask(options, {
    nothing,
    commandLine: (databaseUri) => pluginTestCommandLine({ environment, plugin, databaseUri }),
    ...(type === 'LOADER' ? { prepare: ({ loggingConfig }) => writeFile(loggingConfig, logging) } : {}),
    read: (raw) => {
      const line = parseLine(raw, options.mask);
      // A secret may be a word of what Meltano says.
      const { message, fields, level } = parseLine(raw);
      if (message.startsWith('Plugin configuration is invalid\n')) {
        complaint = /^[^\n]*\n(.*)\nRun '[^\n]*$/s.exec(line.message)?.[1] ?? complaint;
      }
      if (fields.logger !== testLogger) return line;
      if (level === 'INFO' && message.startsWith('Test data was written to ')) saidPassed = true;
      if (level !== 'DEBUG' || /^Process return code: -?\d+$/.test(message)) return line;
      complaint = line.message;
      return { ...line, source: 'PLUGIN', plugin };
    },
    result: ({ exitCode, stopRequested }) => {
      const passed = exitCode === 0 || (saidPassed && !stopRequested);
      return { passed, complaint: passed ? null : complaint };
    },
  });
}

const testLogger = 'meltano.core.plugin_test_service';

/** A configuration of Python's logging. JSON is valid YAML. Source: meltano/core/logging/utils.py. */
const logging = JSON.stringify({
  version: 1,
  disable_existing_loggers: false,
  formatters: { json: { '()': 'meltano.core.logging.json_formatter' } },
  handlers: {
    console: { class: 'logging.StreamHandler', formatter: 'json', stream: 'ext://sys.stderr' },
  },
  root: { level: 'INFO', handlers: ['console'] },
  loggers: { [testLogger]: { level: 'DEBUG' } },
});
