import { writeFile } from 'node:fs/promises';
import { pluginTestCommandLine, testCommandLine } from './command.ts';
import { parseLine } from './output.ts';
import type { Outcome } from './process.ts';
import type { CommonOptions } from './run-meltano.ts';
import { startTask } from './task.ts';
import type { Task } from './task.ts';

/** How tests ended. */
export interface TestOutcome extends Outcome {
  /** Whether all is well. */
  passed: boolean;
  /** What is not, as far as it was said. */
  complaint: string | null;
}

type Verdict = Pick<TestOutcome, 'passed' | 'complaint'>;

const nothing: Verdict = { passed: false, complaint: null };

/** Runs commands of plugins that are tests, each after the other, whether those before fail or not. */
export async function runTests(
  options: CommonOptions & { environment: string; tests: readonly string[] },
): Promise<Task<Verdict>> {
  const { environment, tests } = options;
  const failed = new Set<string>();
  return startTask(options, {
    nothing,
    commandLine: (databaseUri) => testCommandLine({ environment, tests, databaseUri }),
    // The summary at the end has a line for each test, filled up with dots.
    read: (raw) => {
      const line = parseLine(raw);
      const [, name = ''] = /^(.+?)\.* failure$/.exec(line.message) ?? [];
      if (line.timestamp === null && tests.includes(name)) failed.add(name);
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

/**
 * Tries the configuration of an extractor, which passes with its first record, or of a loader, which is given a
 * stream `meltano_test_stream` of one record and writes it to its real destination.
 *
 * Of a loader Meltano 4.4.1 says itself that the test passed, then fails at ending the process, which has ended
 * already, and exits with 1 either way; and what the loader said it logs for debugging alone
 * (meltano/core/plugin_test_service.py). So what it says counts, and that one logger is turned up.
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
      const line = parseLine(raw);
      const [, reason] = /^Plugin configuration is invalid\n(.*)\nRun '[^\n]*$/s.exec(line.message) ?? [];
      if (reason !== undefined) complaint = reason;
      if (line.fields.logger !== testLogger) return line;
      if (line.level === 'INFO' && line.message.startsWith('Test data was written to ')) saidPassed = true;
      if (line.level !== 'DEBUG' || /^Process return code: -?\d+$/.test(line.message)) return line;
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

/** A configuration of Python's logging; JSON is YAML. Source: meltano/core/logging/utils.py. */
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
