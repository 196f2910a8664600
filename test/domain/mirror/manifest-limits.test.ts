import { describe, expect, test } from 'vitest';
import { manifestLimits, readGiven } from '../../../src/domain/mirror/project-source.ts';
import { InvalidInput } from '../../../src/errors.ts';
import { projectOf } from '../../manifest/kit.ts';

const at = ['input', 'text'];

/** The code with which a text is refused; null when it is taken. */
async function refusalOf(text: string): Promise<string | null> {
  try {
    await readGiven(await projectOf({}), text, at);
    return null;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    expect(error.fields).toMatchObject([{ path: at }]);
    return error.fields[0]?.code ?? '';
  }
}

const list = (key: string, count: number, item: (i: number) => string): string =>
  `${key}: [${Array.from({ length: count }, (_, i) => item(i)).join(', ')}]\n`;
const environments = (count: number): string => list('environments', count, (i) => `{name: e${i}}`);

describe('what a text stands for', () => {
  test('is as many objects as may be, and not one more', async () => {
    // Each environment counts, with each job in it.
    const jobs = list('jobs', 199, (i) => `{name: j${i}, tasks: [x]}`);
    expect(100 * (1 + 199)).toBe(manifestLimits.objects);
    const text = environments(100) + jobs;
    expect(await refusalOf(text)).toBeNull();
    const plugin = 'plugins: {utilities: [{name: x, namespace: x}]}\n';
    expect(await refusalOf(text + plugin)).toBe('TOO_MANY');
  });

  test('has definitions as long as may be, and not one character more in each environment', async () => {
    const count = 1000;
    const job = (length: number): string => `jobs: [{name: j, tasks: [${'x'.repeat(length)}]}]\n`;
    // What the definitions have besides is seen in a refusal.
    const tooLong = await readGiven(await projectOf({}), environments(count) + job(60_000), at).catch(
      (error: unknown) => (error as InvalidInput).message,
    );
    const [, characters] = /definitions of (\d+) characters/.exec(tooLong as string) ?? [];
    const most = 60_000 - (Number(characters) - manifestLimits.length) / count;
    expect(await refusalOf(environments(count) + job(most))).toBeNull();
    expect(await refusalOf(environments(count) + job(most + 1))).toBe('TOO_LONG');
  });
});
