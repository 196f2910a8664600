import { entries, list, name, own, text, texts } from '../fields.ts';
import type { Entry } from '../fields.ts';
import { settingKinds, type ManifestSetting, type SettingKind, type SettingOption } from '../manifest.ts';
import { isObject } from '../../lib/is-object.ts';
import { fail, locate } from '../reading.ts';
import type { Reading } from '../reading.ts';

/** The definitions under a plugin's `settings`. Wrong ones are recorded and left out. */
export function readSettings(reading: Reading, plugin: Entry): ManifestSetting[] {
  return entries(reading, list(reading, plugin, 'settings'), `setting of the ${plugin.label}`).flatMap(
    (entry) => {
      const setting = name(reading, entry, 'name');
      const kind = readKind(reading, entry);
      const read = {
        aliases: texts(reading, entry, 'aliases') ?? [],
        label: text(reading, entry, 'label'),
        description: text(reading, entry, 'description'),
        kind,
        value: own(entry, 'value') ?? null,
        options: readOptions(reading, entry),
        env: text(reading, entry, 'env'),
      };
      if (setting === null) return [];
      const sensitive = isSensitive({ kind, sensitive: own(entry, 'sensitive') === true });
      return [{ name: setting, ...read, sensitive }];
    },
  );
}

/** Meltano takes an empty text for none, and does not load a project with an unknown kind. */
function readKind(reading: Reading, entry: Entry): SettingKind | null {
  const given = text(reading, entry, 'kind');
  if (given === null || given === '') return null;
  const kind = settingKinds.find((known) => known === given);
  if (kind !== undefined) return kind;
  const at = locate(reading, entry.value, 'kind');
  fail(reading, at, `\`${given}\` is no kind of setting; there are ${settingKinds.join(', ')}.`);
  return null;
}

function readOptions(reading: Reading, setting: Entry): SettingOption[] {
  return list(reading, setting, 'options').map((option): SettingOption => {
    if (!isObject(option)) return { label: null, value: option };
    const entry: Entry = { value: option, at: setting.at, label: setting.label };
    return { label: text(reading, entry, 'label'), value: own(entry, 'value') ?? null };
  });
}

/** Whether Meltano hides the values of a setting (meltano/core/setting_definition.py). */
export function isSensitive(setting: { kind: SettingKind | null; sensitive: boolean }): boolean {
  return setting.sensitive || setting.kind === 'password' || setting.kind === 'oauth';
}
