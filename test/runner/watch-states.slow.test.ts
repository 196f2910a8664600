import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchStates } from '../../src/runner/states/watch-states.ts';
import { temporaryDirectory } from './kit.ts';

test('a run that writes state all the time is followed, and every document told is whole', async () => {
  const directory = await temporaryDirectory();
  const file = join(directory, 'a', 'state.json');
  await mkdir(join(directory, 'a'));
  // Like Meltano: opens for writing, which empties the file, then makes the text; at its pace, every 4 ms.
  const script = `
import json, sys, time
end = time.time() + 1.5
n = 0
while time.time() < end:
    n += 1
    with open(sys.argv[1], "w") as file:
        file.write(json.dumps({"completed": {"singer_state": {"n": n, "fill": "x" * 20000}}, "partial": {}}))
    time.sleep(0.003)
print(n)`;
  const told: number[] = [];
  const watch = await watchStates(directory, (_, state) => {
    told.push((state.completed.singer_state as { n: number }).n);
  });
  const last = await new Promise<number>((resolve) => {
    execFile('python3', ['-c', script, file], (_, stdout) => resolve(Number(stdout)));
  });
  await watch.close();
  expect(told.length).toBeGreaterThan(2);
  expect(told).toEqual([...told].sort((one, other) => one - other));
  expect(told.at(-1)).toBe(last);
});
