import { isObject } from '../../lib/is-object.ts';
import { withoutAnsi } from '../../lib/text-search/ansi.ts';
import type { Mask } from '../../lib/text-search/mask.ts';

/**
 * An event of a run that Meltano itself reports. Source: meltano/cli/run.py, core/block/extract_load.py,
 * core/plugin/singer/target.py, core/plugin_install_service.py.
 */
export type MeltanoEvent =
  /** Meltano has started. */
  | { kind: 'MELTANO_STARTED'; version: string }
  /** An extract-load pair starts. Commands, and runs without state updates, do not report this. */
  | { kind: 'BLOCK_STARTED'; stateId: string; runId: string }
  /** There is no state for the pair that started last. */
  | { kind: 'NO_STATE_FOUND' }
  /** The backend has stored what the loader confirmed, for the pair that started last. */
  | { kind: 'STATE_UPDATED' }
  | BlockCompleted
  /** The last event of a run. It is missing when the run was killed, or refused before its first block. */
  | { kind: 'RUN_COMPLETED'; success: boolean; durationSeconds: number | null }
  /** How many plugins will be installed. Meltano leaves out unknown names without a message. */
  | { kind: 'INSTALL_STARTED'; plugins: number }
  | { kind: 'PLUGIN_INSTALLED'; plugin: string }
  | {
      kind: 'PLUGIN_INSTALL_FAILED';
      plugin: string;
      pluginType: string;
      message: string;
      details: string | null;
    };

/** How a plugin of an extract-load pair ended that failed. */
export interface PluginExit {
  role: 'EXTRACTOR' | 'LOADER' | 'MAPPER';
  /** Meltano names mappers only. */
  plugin: string | null;
  /** Negative when a signal ended it. */
  exitCode: number;
}

/** A block ended. */
export interface BlockCompleted {
  kind: 'BLOCK_COMPLETED';
  /** Position among the blocks of the run, from 0. Null for the one that runs, as `meltano elt` has it. */
  setNumber: number | null;
  blockType: 'EXTRACT_LOAD' | 'COMMAND' | 'OTHER';
  success: boolean;
  error: string | null;
  /** Empty for commands, and for plugins that could not start. */
  exitCodes: PluginExit[];
  durationSeconds: number | null;
}

const blockTypes = new Map<unknown, BlockCompleted['blockType']>([
  ['ExtractLoadBlocks', 'EXTRACT_LOAD'],
  ['InvokerCommand', 'COMMAND'],
]);

/** An event without the secrets, and without the codes for a terminal, that its texts hold. */
export function hideIn(event: MeltanoEvent, mask: Mask): MeltanoEvent {
  const hide = (text: string | null): string | null => text && withoutAnsi(mask(text));
  switch (event.kind) {
    case 'BLOCK_COMPLETED':
      return { ...event, error: hide(event.error) };
    case 'PLUGIN_INSTALL_FAILED':
      return { ...event, message: withoutAnsi(mask(event.message)), details: hide(event.details) };
    default:
      return event;
  }
}

/** Recognises an event in one of Meltano's own lines, from its `event` and the other fields. */
export function meltanoEventOf(event: string, fields: Record<string, unknown>): MeltanoEvent | null {
  if (event === 'Block run completed') return blockCompleted(fields);
  if (event === 'Run completed') {
    const durationSeconds = numberOrNull(fields.duration_seconds);
    return { kind: 'RUN_COMPLETED', success: fields.status === 'success', durationSeconds };
  }
  if (event === 'No state was found, complete import.') return { kind: 'NO_STATE_FOUND' };
  if (event.startsWith('Incremental state has been updated at ')) return { kind: 'STATE_UPDATED' };
  if (fields.install_state !== undefined) return installFailed(fields.install_state);
  const [, version] = /^Meltano (\S+), Python /.exec(event) ?? [];
  if (version !== undefined) return { kind: 'MELTANO_STARTED', version };
  const [, stateId, runId] = /^Running job with name '(.+)' and run ID '([^']+)'/.exec(event) ?? [];
  if (stateId !== undefined && runId !== undefined) return { kind: 'BLOCK_STARTED', stateId, runId };
  const ofPair = eltEventOf(event, fields);
  if (ofPair !== null) return ofPair;
  const [, count] = /^Installing (\d+) plugins$/.exec(event) ?? [];
  if (count !== undefined) return { kind: 'INSTALL_STARTED', plugins: Number(count) };
  const [, plugin] = /^Installed \w+ '(.+)'/.exec(event) ?? [];
  if (plugin !== undefined) return { kind: 'PLUGIN_INSTALLED', plugin };
  return null;
}

const eltEnds = new Map<
  string,
  Pick<BlockCompleted, 'blockType' | 'success'> & { role?: PluginExit['role'] }
>([
  ['Extract & load complete!', { blockType: 'EXTRACT_LOAD', success: true }],
  ['Extraction failed', { blockType: 'EXTRACT_LOAD', success: false, role: 'EXTRACTOR' }],
  ['Loading failed', { blockType: 'EXTRACT_LOAD', success: false, role: 'LOADER' }],
  ['Transformation complete!', { blockType: 'COMMAND', success: true }],
  ['Transformation failed', { blockType: 'COMMAND', success: false }],
]);

/** What `meltano elt` reports of its pair and its transformation. Source: meltano/cli/elt.py. */
function eltEventOf(event: string, fields: Record<string, unknown>): MeltanoEvent | null {
  const { state_id: stateId, run_id: runId, code, message } = fields;
  if (typeof stateId !== 'string' || typeof runId !== 'string') return null;
  if (event === 'Running extract & load...') return { kind: 'BLOCK_STARTED', stateId, runId };
  const end = eltEnds.get(event);
  if (end === undefined) return null;
  return {
    kind: 'BLOCK_COMPLETED',
    setNumber: null,
    blockType: end.blockType,
    success: end.success,
    error: end.success ? null : `${event}: ${typeof message === 'string' ? message : '(see the log)'}`,
    exitCodes: end.role === undefined ? [] : exitOf(end.role, null, code),
    durationSeconds: null,
  };
}

function blockCompleted(fields: Record<string, unknown>): BlockCompleted {
  const { set_number: setNumber, block_type: blockType, err } = fields;
  return {
    kind: 'BLOCK_COMPLETED',
    setNumber: numberOrNull(setNumber) ?? 0,
    blockType: blockTypes.get(blockType) ?? 'OTHER',
    success: fields.success === true,
    error: typeof err === 'string' ? err : null,
    exitCodes: exitCodes(fields.exit_codes),
    durationSeconds: numberOrNull(fields.duration_seconds),
  };
}

/**
 * Meltano gives the codes of extractors and loaders by their type, as `{"extractors": 1}`. Only when both went well it
 * gives those of mappers, as a list `[{"<plugin>": 1}]` (meltano/core/block/extract_load.py, `_check_exit_codes`).
 */
function exitCodes(value: unknown): PluginExit[] {
  if (Array.isArray(value)) {
    return value.flatMap((one: unknown) =>
      isObject(one) ? Object.entries(one).flatMap(([plugin, code]) => exitOf('MAPPER', plugin, code)) : [],
    );
  }
  if (!isObject(value)) return [];
  return [...exitOf('EXTRACTOR', null, value.extractors), ...exitOf('LOADER', null, value.loaders)];
}

function exitOf(role: PluginExit['role'], plugin: string | null, code: unknown): PluginExit[] {
  // The API shows it as an Int.
  const isInt = typeof code === 'number' && Number.isInteger(code) && Math.abs(code) < 2 ** 31;
  return isInt ? [{ role, plugin, exitCode: code }] : [];
}

function installFailed(value: unknown): MeltanoEvent | null {
  if (typeof value !== 'object' || value === null) return null;
  const { plugin_name: plugin, plugin_type: pluginType, message, details } = value as Record<string, unknown>;
  if (typeof plugin !== 'string') return null;
  return {
    kind: 'PLUGIN_INSTALL_FAILED',
    plugin,
    pluginType: typeof pluginType === 'string' ? pluginType : '',
    message: typeof message === 'string' ? message : '',
    details: typeof details === 'string' ? details : null,
  };
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
