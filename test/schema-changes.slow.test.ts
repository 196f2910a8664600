import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The verdict on a schema that came from the present one by an edit. */
async function verdictOn(released: (text: string) => string, edit: (text: string) => string) {
  const place = await mkdtemp(join(tmpdir(), 'meltano-graphql-schema-'));
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  const text = await readFile(join(root, 'schema.graphql'), 'utf8');
  const files = [join(place, 'released.graphql'), join(place, 'present.graphql')] as const;
  await writeFile(files[0], released(text));
  await writeFile(files[1], edit(released(text)));
  return execa('npm', ['run', '--silent', 'schema:changes', '--', ...files], { cwd: root, reject: false });
}

const name = '  """Name of the job, unique in its environment."""\n  name: String!\n';
const without = (text: string): string => text.replace(name, '');
const deprecated = (text: string): string =>
  text.replace(name, name.replace('String!', 'String! @deprecated(reason: "Use `path`.")'));

test('what breaks clients of the last release fails, and is named', async () => {
  const { exitCode, stderr } = await verdictOn((text) => text, without);
  expect(stderr).toContain("Breaks clients: Field 'name' was removed from object type 'Job'");
  expect(exitCode).toBe(1);
});

test('what that release has marked as deprecated may go', async () => {
  expect(await verdictOn(deprecated, (text) => text.replace(/.*\n.*Use `path`.*\n/, ''))).toMatchObject({
    exitCode: 0,
  });
});

test('an addition breaks nobody', async () => {
  const { exitCode, stdout } = await verdictOn(without, (text) =>
    text.replace('type Job implements Node {\n', `type Job implements Node {\n${name}`),
  );
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^[1-9]\d* changes .* 0 of them break clients\.$/);
});
