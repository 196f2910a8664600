/**
 * An event in the life of a run, as Meltano itself reports it.
 * Source: meltano/cli/run.py, core/block/extract_load.py, core/plugin/singer/target.py,
 * core/plugin_install_service.py.
 */
export type Milestone =
  /** Meltano is up. */
  | { kind: 'MELTANO_STARTED'; version: string }
  /** An extract-load pair starts, in its turn. Neither commands nor runs without state updates tell. */
  | { kind: 'BLOCK_STARTED'; stateId: string; runId: string }
  /** The pair that started last found no state to start from. */
  | { kind: 'NO_STATE_FOUND' }
  /** The backend holds what the target acknowledged, for the pair that started last. */
  | { kind: 'STATE_UPDATED' }
  | BlockCompleted
  /** The last of a run, unless it was killed, or refused before its first block. */
  | { kind: 'RUN_COMPLETED'; success: boolean; durationSeconds: number | null }
  /** How many plugins are about to be installed: names Meltano does not know are silently left out. */
  | { kind: 'INSTALL_STARTED'; plugins: number }
  | { kind: 'PLUGIN_INSTALLED'; plugin: string }
  | {
      kind: 'PLUGIN_INSTALL_FAILED';
      plugin: string;
      pluginType: string;
      message: string;
      details: string | null;
    };

/** A block ended. */
export interface BlockCompleted {
  kind: 'BLOCK_COMPLETED';
  /** The place among the blocks of the run, from 0. */
  setNumber: number;
  blockType: 'EXTRACT_LOAD' | 'COMMAND' | 'OTHER';
  success: boolean;
  error: string | null;
  /** By plugin type, such as `{"extractors": [1]}`; empty for commands and for what could not start. */
  exitCodes: Record<string, number[]>;
  durationSeconds: number | null;
}

const blockTypes: Record<string, BlockCompleted['blockType']> = {
  ExtractLoadBlocks: 'EXTRACT_LOAD',
  InvokerCommand: 'COMMAND',
};

/** Recognises a milestone by the event and the other fields of one of Meltano's own lines. */
export function milestoneOf(event: string, fields: Record<string, unknown>): Milestone | null {
  if (event === 'Block run completed') return blockCompleted(fields);
  if (event === 'Run completed') {
    const durationSeconds = numberOrNull(fields.duration_seconds);
    return { kind: 'RUN_COMPLETED', success: fields.status === 'success', durationSeconds };
  }
  if (event === 'No state was found, complete import.') return { kind: 'NO_STATE_FOUND' };
  if (event.startsWith('Incremental state has been updated at ')) return { kind: 'STATE_UPDATED' };
  if (event.startsWith('Installation failed') || fields.install_state !== undefined) {
    return installFailed(fields.install_state);
  }
  const [, version] = /^Meltano (\S+), Python /.exec(event) ?? [];
  if (version !== undefined) return { kind: 'MELTANO_STARTED', version };
  const [, stateId, runId] = /^Running job with name '(.+)' and run ID '([^']+)'/.exec(event) ?? [];
  if (stateId !== undefined && runId !== undefined) return { kind: 'BLOCK_STARTED', stateId, runId };
  const [, count] = /^Installing (\d+) plugins$/.exec(event) ?? [];
  if (count !== undefined) return { kind: 'INSTALL_STARTED', plugins: Number(count) };
  const [, plugin] = /^Installed \w+ '(.+)'/.exec(event) ?? [];
  if (plugin !== undefined) return { kind: 'PLUGIN_INSTALLED', plugin };
  return null;
}

function blockCompleted(fields: Record<string, unknown>): BlockCompleted {
  const { set_number: setNumber, block_type: blockType, err } = fields;
  return {
    kind: 'BLOCK_COMPLETED',
    setNumber: numberOrNull(setNumber) ?? 0,
    blockType: (typeof blockType === 'string' ? blockTypes[blockType] : undefined) ?? 'OTHER',
    success: fields.success === true,
    error: typeof err === 'string' ? err : null,
    exitCodes: exitCodes(fields.exit_codes),
    durationSeconds: numberOrNull(fields.duration_seconds),
  };
}

/** A number for extractors and loaders, a list for mappers (meltano/core/block/extract_load.py). */
function exitCodes(value: unknown): Record<string, number[]> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([type, codes]: [string, unknown]) => [
      type,
      (Array.isArray(codes) ? codes : [codes]).filter((code) => typeof code === 'number'),
    ]),
  );
}

function installFailed(value: unknown): Milestone | null {
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
