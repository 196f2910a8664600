#!/usr/bin/env node
import { isCommand } from './client/arguments.ts';
import { readApiToken } from './config/api-token.ts';
import { ConfigError, withoutSecrets } from './config/arguments.ts';
import { readConfig } from './config/config.ts';
import { helpText } from './config/settings.ts';
import { packageVersion } from './package-files.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (isCommand(args[0])) {
    // What a start of the gateway does not need.
    const { client } = await import('./client/client.ts');
    const { processTerminal } = await import('./client/process-terminal.ts');
    const code = await client(args, process.env, processTerminal(process));
    // A run that is left may still be followed.
    process.stdout.write('', () => process.exit(code));
    return;
  }
  const config = readConfig(args, process.env, process.pid);
  hideSecrets(args);
  if (config.command === 'HELP') {
    say(helpText());
  } else if (config.command === 'VERSION') {
    say(await packageVersion());
  } else if (config.command === 'DOCTOR') {
    const { doctor } = await import('./doctor/doctor.ts');
    process.exitCode = await doctor(config, { node: process.versions.node, env: process.env }, say);
  } else if (config.command === 'BACKUP' || config.command === 'RESTORE') {
    const { backupCommand } = await import('./backup/command.ts');
    const token = config.apiToken === null ? null : await readApiToken(config.apiToken);
    const url = process.env.MELTANO_GRAPHQL_URL ?? `http://127.0.0.1:${config.port}/`;
    const complain = (line: string): void => void process.stderr.write(`${line}\n`);
    const gateway = { url, token };
    process.exitCode = await backupCommand(config, await packageVersion(), gateway, { say, complain });
  } else {
    // Late, because all that it imports takes a second, which an answer about arguments can do without.
    const { serve } = await import('./serve.ts');
    await serve(config);
  }
}

/**
 * Takes secrets out of where other programs could find them: out of the arguments, which every user of the machine
 * can read, and out of the environment, which is handed on to what this process starts.
 */
function hideSecrets(args: readonly string[]): void {
  const shown = withoutSecrets(args);
  // Linux and macOS write the title over the arguments.
  if (shown.length < args.length) process.title = ['meltano-graphql', ...shown].join(' ');
  for (const name of ['API_TOKEN', 'DATABASE_URL']) Reflect.deleteProperty(process.env, name);
}

main().catch((error: unknown) => {
  const text =
    error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? ''}\n`);
  process.exit(1);
});
