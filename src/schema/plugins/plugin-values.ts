import { builder } from '../builder.ts';
import { EnvironmentVariableInput } from '../fields.ts';
import { idOrPath } from '../naming/references.ts';
import type { InputFields } from '../verb.ts';

/** Environment variables that `meltano.yml` sets. */
export const envField = (t: InputFields) =>
  t.field({
    type: [EnvironmentVariableInput],
    description:
      'All environment variables that `meltano.yml` sets here. Null removes them. Their values are not shown again.',
  });

/** Values of a plugin, in its own entry or in the entry of an environment. */
export const pluginValues = (t: InputFields) => ({
  config: t.field({
    type: 'JSON',
    description:
      'Values of settings, by their names: `{"path": "in.csv"}`. A nested setting has dots in its name. Null removes a value. Settings that are absent keep their values. `$VARIABLES` in a value are read from the environment of a run; use them for secrets.',
  }),
  select: t.stringList({
    maxEntries: 1000,
    description:
      'Patterns of the streams and properties to extract, such as `orders.*` and `!orders.secret`. Null removes them.',
  }),
  extras: t.field({
    type: 'JSON',
    description:
      'Other Singer extras, by their names: `metadata`, `schema`, `load_schema` … Null removes one. Extras that are absent stay. An extra that has its own field in this input is an `InvalidInput`.',
  }),
  env: envField(t),
});

export const EnvironmentPluginInput = builder.inputType('EnvironmentPluginInput', {
  description: 'The configuration of a plugin in one environment.',
  fields: (t) => ({
    plugin: t.id({ required: true, description: idOrPath('Plugin') }),
    ...pluginValues(t),
  }),
});
