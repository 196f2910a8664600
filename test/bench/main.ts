import { help, readOptions } from './options.ts';
import { seededDatabase, serverFor, setStage } from './stage.ts';

interface Benchmark {
  run: (args: string[], say: (line: string) => void) => Promise<void>;
}

// Each is a file of that name here.
const commands = ['server', 'embedded', 'flat', 'launch', 'cluster', 'logs', 'start', 'memory'];

const say = (line: string): void => console.log(line);

async function main(): Promise<void> {
  const [first = '', ...rest] = process.argv.slice(2);
  if (first === '--help') {
    say(help);
  } else if (first === 'seed') {
    await keepSeeded(rest);
  } else {
    const named = commands.includes(first);
    if (!named && first !== '' && !first.startsWith('-')) throw new Error(`There is no ${first}.\n${help}`);
    const file = `./${named ? first : 'server'}.ts`;
    const { run } = (await import(file)) as Benchmark;
    await run(named ? rest : process.argv.slice(2), say);
  }
}

/** Makes a seeded database and keeps it, for a look by hand. */
async function keepSeeded(args: string[]): Promise<void> {
  const options = readOptions(args, { runs: 1_000_000, out: 'bench' });
  const stage = await setStage(options.main, say);
  try {
    const url = await seededDatabase(stage, await serverFor(stage, options.databaseUrl), options.runs);
    const flags = stage.projects.map((directory) => `--project ${directory}`).join(' ');
    say(`Seeded until Ctrl-C. A gateway on it: npm start -- --database-url ${url} ${flags}`);
    await new Promise(() => setInterval(() => undefined, 60_000));
  } finally {
    await stage.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
