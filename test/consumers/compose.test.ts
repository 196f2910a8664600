import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/config.ts';

interface Compose {
  services: {
    gateway: {
      command: string;
      environment: Record<string, string>;
      ports: string[];
      volumes: string[];
      stop_grace_period: string;
    };
  };
}

// No container is started here: what the file says to the gateway can be tried without.
test('compose.yaml starts the gateway on its port, its project and its data, and lets runs end', async () => {
  const file = new URL('proxies/compose.yaml', import.meta.url);
  const { gateway } = (parse(await readFile(file, 'utf8')) as Compose).services;
  const [program, ...args] = gateway.command.split(' ');
  expect(program).toBe('meltano-graphql');
  const config = readConfig(args, { ...gateway.environment, API_TOKEN: 'x'.repeat(40) }, process.pid);
  const [project = '', data = ''] = gateway.volumes.map((volume) => volume.split(':')[1]);
  expect(config).toMatchObject({
    host: '0.0.0.0',
    projects: [{ directory: project }],
    dataDirectory: `${data}/data`,
  });
  expect(gateway.ports).toEqual([`127.0.0.1:8080:${config.port}`]);
  expect(config.apiToken).not.toBeNull();
  // The grace time of a run comes after the drain.
  expect(Number.parseInt(gateway.stop_grace_period)).toBeGreaterThanOrEqual(
    config.drainSeconds + config.graceSeconds,
  );
});
