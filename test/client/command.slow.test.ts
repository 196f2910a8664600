import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Built } from '../kit/built.ts';
import { describeWithMeltano } from '../kit/meltano/meltano.ts';
import { startSampleApp, type SampleApp } from '../kit/sample-app.ts';
import type { Till } from '../kit/data/sample.ts';
import { sharedBuild } from '../kit/shared-build.ts';

const token = 'a-token-of-this-test-0123456789-abcdefgh';

let built: Built;
let sampleApp: SampleApp;
beforeAll(async () => {
  [built, sampleApp] = await Promise.all([sharedBuild(), startSampleApp({ apiToken: token })]);
});
afterAll(() => sampleApp.stop());

const env = (): Record<string, string> => ({ MELTANO_GRAPHQL_URL: sampleApp.app.url, API_TOKEN: token });

/** The words of a command, with variables and a state of its own for the run. */
function running(knobs: Till): string[] {
  const { env: variables } = sampleApp.sample.place().with(knobs);
  const flags = variables.flatMap(({ name, value }) => ['--env', `${name}=${value}`]);
  return [built.main, 'run', 'demo/dev/sales', '--follow', ...flags];
}

const call = (args: string[]) =>
  execa(process.execPath, args, { env: env(), reject: false, stdin: 'ignore' });

describeWithMeltano('run --follow', () => {
  test('prints the lines of a run, and ends as it does', async () => {
    const good = await call(running({ rows: 3 }));
    expect(good).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^SUCCEEDED after \d+ s$/) as unknown,
    });
    expect(good.stdout).toMatch(/^tap-till \| /m);

    const bad = await call([...running({ rows: 3, failAt: 1 }), '--json']);
    expect(bad.exitCode).toBe(1);
    const last = JSON.parse(bad.stdout.split('\n').at(-1) ?? '') as object;
    expect(last).toMatchObject({ run: { status: 'FAILED', isEnded: true } });
  });

  test('on a terminal, draws its blocks, and asks at Ctrl-C whether to cancel it', async () => {
    // `script` makes a terminal, and passes on what is typed. A shell that stayed would end with Ctrl-C itself.
    const words = [process.execPath, ...running({ rows: 100_000, delay: 1 })].map((word) => `'${word}'`);
    const shown = execa('script', ['-qefc', `exec ${words.join(' ')}`, '/dev/null'], {
      env: { ...env(), SHELL: '/bin/sh' },
      reject: false,
      stdin: 'pipe',
    });
    let text = '';
    const type = (keys: string): boolean => shown.stdin.write(keys);
    let asked = 0;
    shown.stdout.on('data', (piece: Buffer) => {
      text += String(piece);
      if (asked === 0 && /RUNNING .* rows/.test(text)) asked = Number(type('\u0003'));
      if (asked === 1 && text.includes('Cancel the run?')) asked = 1 + Number(type('y\r'));
    });
    const { exitCode } = await shown;
    expect({ exitCode, last: text.trim().split('\n').at(-1) }).toEqual({
      exitCode: 1,
      last: expect.stringMatching(/^CANCELLED/) as unknown,
    });
  });
});
