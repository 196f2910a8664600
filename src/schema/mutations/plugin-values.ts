import { builder } from '../builder.ts';
import { EnvironmentVariableInput } from '../fields.ts';
import type { InputFields } from './verb.ts';

/** Environment variables that a file holds. */
export const envField = (t: InputFields) =>
  t.field({
    type: [EnvironmentVariableInput],
    description:
      'All environment variables that `meltano.yml` sets here, at most 100; null for none. Their values are not shown again.',
  });

/** What a plugin is configured with, in its own entry or in that of an environment. */
export const pluginValues = (t: InputFields) => ({
  config: t.field({
    type: 'JSON',
    description:
      'Values of settings, by their dotted names: `{"path": "in.csv"}`. Null removes a value, and settings that are absent keep theirs. `$VARIABLES` are read from the environment of a run: better than a secret written out.',
  }),
  select: t.stringList({
    description:
      'Patterns of the streams and properties to extract, such as `orders.*` and `!orders.secret`; null for none.',
  }),
  extras: t.field({
    type: 'JSON',
    description:
      'Other extras of Singer plugins, by their names: `metadata`, `schema`, `load_schema` … Null removes one, and those that are absent stay. What has a field of its own is an `InvalidInput`.',
  }),
  env: envField(t),
});

/** What a plugin is configured with in one environment. */
export const EnvironmentPluginInput = builder.inputType('EnvironmentPluginInput', {
  description: 'What a plugin is configured with in one environment.',
  fields: (t) => ({
    plugin: t.id({ required: true, description: 'Id of the plugin.' }),
    ...pluginValues(t),
  }),
});
