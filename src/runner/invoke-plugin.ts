import { invokeCommandLine } from './command.ts';
import type { Mask } from '../lib/text-search/mask.ts';
import { parseLine } from './output/output.ts';
import type { RawLine } from './process/process.ts';
import type { CommonOptions, ReceivedLine } from './run-meltano.ts';
import { startTask, type Task } from './task.ts';

/**
 * Runs a plugin, or one of its commands, with `meltano invoke` until it ends or is stopped. Meltano exits
 * with the exit code of the plugin. When a signal ended the plugin, the code is 256 minus the number of the
 * signal.
 */
export async function invokePlugin(
  options: CommonOptions & { environment: string; command: string; args: readonly string[] },
): Promise<Task<object>> {
  const { environment, command, args } = options;
  const [plugin = command] = command.split(':');
  return startTask(options, {
    commandLine: (databaseUri) => invokeCommandLine({ environment, command, args, databaseUri }),
    read: (line) => parsePluginLine(line, plugin, options.mask),
    result: () => ({}),
    nothing: {},
  });
}

/**
 * Meltano passes the plugin's standard output on unchanged, and logs its standard error as that of a command.
 * Neither has the name of the plugin (meltano/cli/invoke.py).
 */
function parsePluginLine(raw: RawLine, plugin: string, mask?: Mask): ReceivedLine {
  const line = parseLine(raw, mask);
  if (raw.stream === 'STDERR' && line.fields.cmd_type !== 'command') return line;
  return { ...line, source: 'PLUGIN', plugin, meltanoEvent: null };
}
