import { expect, test } from 'vitest';
import { problems, projectOf, read } from './kit.ts';

const secret = 'hunter2sesame';

// Each is what people get who forget the quotes around a password, or close them too early.
const refused = [
  `*${secret}`,
  `*${secret} b`,
  `"x"${secret}`,
  `|${secret}`,
  `>${secret}`,
  `}${secret}`,
  `]${secret}`,
  `@${secret}`,
  `%${secret}`,
  `"${secret}`,
  `"\\${secret}"`,
  `!h!${secret} x`,
  `!<${secret}`,
  `{${secret}`,
  `${secret}: x`,
];

test.each(refused)('no complaint about the value %s quotes it', async (value) => {
  const found = await problems(await projectOf({ 'meltano.yml': `a:\n  password: ${value}\n` }));
  expect(found[0]).toMatch(/^meltano\.yml:[23]: .+\.$/);
  expect(found.join('\n')).not.toContain(secret.slice(2));
});

test.each([`!${secret}`, `!!${secret} x`, '98765432109876543210', '1e999'])(
  'no warning about the value %s quotes it',
  async (value) => {
    const { warnings } = await read(`a:\n  password: ${value}\n`);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).not.toMatch(/hunter2|9876|1e999/);
  },
);
