import type { Command } from './command.ts';

// Each is a file of that name in commands/.
const names = [
  'server',
  'embedded',
  'flat',
  'cluster',
  'launch',
  'logs',
  'followers',
  'start',
  'memory',
  'delay',
  'night',
  'plans',
  'seed',
] as const;
type Name = (typeof names)[number];

/** What is run when no command is named. */
const usual: Name = 'server';

async function main([first = '', ...rest]: string[]): Promise<void> {
  if (first === '--help') {
    console.log(await help());
    return;
  }
  const isFlag = first === '' || first.startsWith('-');
  const name = isFlag ? usual : names.find((one) => one === first);
  if (name === undefined) throw new Error(`There is no ${first}.\n\n${await help()}`);
  const command = await load(name);
  const args = isFlag ? process.argv.slice(2) : rest;
  if (args.includes('--help')) console.log(`npm run bench -- ${name}: ${command.summary}\n\n${command.help}`);
  else await command.run(args, (line) => console.log(line));
}

async function load(name: Name): Promise<Command> {
  const { command } = (await import(`./commands/${name}.ts`)) as { command: Command };
  return command;
}

async function help(): Promise<string> {
  const width = Math.max(...names.map((name) => name.length));
  const lines = await Promise.all(
    names.map(async (name) => `  ${name.padEnd(width)}  ${(await load(name)).summary}`),
  );
  return [
    'npm run bench -- [COMMAND] [FLAGS]',
    '',
    ...lines,
    '',
    `Without a command: ${usual}. npm run bench -- COMMAND --help lists its flags.`,
  ].join('\n');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
