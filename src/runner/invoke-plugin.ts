import { invokeCommandLine } from './command.ts';
import { parseLine } from './output.ts';
import type { RawLine } from './process.ts';
import type { CommonOptions, ReceivedLine } from './run-meltano.ts';
import { startTask, type Task } from './task.ts';

/**
 * Runs a plugin, or one of its commands, until it ends or is stopped, with `meltano invoke`. Meltano ends with the
 * exit code of the plugin; for one that was ended by a signal that is 256 less the number of the signal.
 */
export async function invokePlugin(
  options: CommonOptions & { environment: string; command: string; args: readonly string[] },
): Promise<Task<object>> {
  const { environment, command, args } = options;
  const [plugin = command] = command.split(':');
  return startTask(options, {
    commandLine: (databaseUri) => invokeCommandLine({ environment, command, args, databaseUri }),
    read: (line) => parsePluginLine(line, plugin),
    result: () => ({}),
    nothing: {},
  });
}

/**
 * Meltano hands the plugin's standard output through as it is and logs its standard error as of a command, and says
 * the name of the plugin in neither (meltano/cli/invoke.py).
 */
function parsePluginLine(raw: RawLine, plugin: string): ReceivedLine {
  const line = parseLine(raw);
  if (raw.stream === 'STDERR' && line.fields.cmd_type !== 'command') return line;
  return { ...line, source: 'PLUGIN', plugin, milestone: null };
}
