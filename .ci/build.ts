// npm run build: the program and what it imports in few files, because a start that loads the 1,500 they are
// made of one by one takes a third longer.
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { build, type Metafile } from 'esbuild';

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  // The program, and what it starts as threads.
  entryPoints: {
    main: 'src/main.ts',
    thread: 'src/thread.ts',
    'assets-thread': 'src/server/graphiql/assets-thread.ts',
    'pglite-thread': 'src/store/database/embedded/pglite-thread.ts',
  },
  outdir: 'dist',
  bundle: true,
  // What is imported late stays apart from what a start needs. All files lie in `dist` itself, on which
  // src/package-files.ts relies.
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // They read files of their own from where they lie. These are the package's only dependencies: what is bundled is
  // not installed with it.
  external: ['@electric-sql/pglite', '@prisma/schema-engine-wasm'],
  // CommonJS packages go on to require modules of Node, which an ES module cannot by itself.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  // Read by `node --enable-source-maps` alone. Without it a trace still names functions and lines: to minify
  // the bundle would save a start next to nothing.
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
});
await writeFile('dist/licenses.txt', await licensesOf(packagesIn(metafile)));

/** The directories of the packages of which the bundle holds code. */
function packagesIn({ outputs }: Metafile): string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const directories = files.flatMap((file) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(directories)];
}

/** What the licenses of packages ask to be handed on with copies: notices of copyright, and the licenses. */
async function licensesOf(directories: readonly string[]): Promise<string> {
  const sections = await Promise.all(
    directories.map(async (directory) => {
      const { name, version, license } = JSON.parse(await readFile(`${directory}/package.json`, 'utf8')) as {
        name: string;
        version: string;
        license: string;
      };
      const files = (await readdir(directory)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
      const texts = await Promise.all(files.sort().map((file) => readFile(`${directory}/${file}`, 'utf8')));
      return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join('\n\n');
    }),
  );
  const line = `\n\n${'-'.repeat(80)}\n\n`;
  return `${['The files beside this one hold code of these packages.', ...new Set(sections.sort())].join(line)}\n`;
}
