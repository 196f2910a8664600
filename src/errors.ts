import type { ErrorCode, InvalidFieldCode } from './error-codes.ts';
import type { BulkOperationStatus, RunStatus } from './store/index.ts';

export type { ErrorCode, InvalidFieldCode };

/**
 * A refusal: an error that tells the caller why a request was not done. A run that failed is not a refusal
 * but data, and a bug of the gateway is masked. Each refusal has a code that never changes, and a message
 * that says what is wrong and what to do.
 */
export abstract class Refusal extends Error {
  abstract readonly code: ErrorCode;
  /**
   * Where the reason is in the mutation's arguments, such as `["input", "job"]`; null when it is not in the
   * arguments.
   */
  path: readonly string[] | null;

  constructor(message: string, path: readonly string[] | null = null) {
    super(message);
    this.name = this.constructor.name;
    this.path = path;
  }

  /** Says that the mutation's input was itself a field of an input: `["input", "job"]` was `["input", field, "job"]`. */
  moveInto(field: string): void {
    this.path = this.path && pathInto(field, this.path);
  }
}

function pathInto(field: string, [input = 'input', ...rest]: readonly string[]): readonly string[] {
  return [input, field, ...rest];
}

/** An object that the request names does not exist. */
export class NotFound extends Refusal {
  readonly code = 'NOT_FOUND';
}

/** An object with that name already exists. */
export class AlreadyExists extends Refusal {
  readonly code = 'ALREADY_EXISTS';
}

/** One mistake in an input. */
export interface InvalidField {
  path: readonly string[];
  code: InvalidFieldCode;
  message: string;
}

/** The input breaks rules. All mistakes are listed at once. */
export class InvalidInput extends Refusal {
  readonly code = 'INVALID_INPUT';
  fields: readonly InvalidField[];

  constructor(fields: readonly InvalidField[]) {
    super(fields.map((field) => field.message).join(' '), fields[0]?.path ?? null);
    this.fields = fields;
  }

  override moveInto(field: string): void {
    super.moveInto(field);
    this.fields = this.fields.map((each) => ({ ...each, path: pathInto(field, each.path) }));
  }
}

/** The status of a run or a bulk operation does not allow this. */
export class WrongStatus extends Refusal {
  readonly code = 'WRONG_STATUS';
  /** The status of the run; null when it is about a bulk operation. */
  readonly runStatus: RunStatus | null;
  /** The status of the bulk operation; null when it is about a run. */
  readonly operationStatus: BulkOperationStatus | null;

  constructor(
    message: string,
    status: { run: RunStatus } | { operation: BulkOperationStatus },
    path: readonly string[] | null = null,
  ) {
    super(message, path);
    this.runStatus = 'run' in status ? status.run : null;
    this.operationStatus = 'operation' in status ? status.operation : null;
  }
}

/** A run has a lease on what the request would change, or has not ended yet. */
export class Busy extends Refusal {
  readonly code = 'BUSY';
  /** Id of the run in the store; null when another mutation has the lease for a moment. */
  readonly runId: string | null;

  constructor(message: string, runId: string | null, path: readonly string[] | null = null) {
    super(message, path);
    this.runId = runId;
  }
}

/** The request does not fit the current data, such as the deletion of a job that a schedule still names. */
export class Conflict extends Refusal {
  readonly code = 'CONFLICT';
  /** The object's current etag, when the caller expected another one. */
  readonly etag: string | null;

  constructor(message: string, path: readonly string[] | null = null, etag: string | null = null) {
    super(message, path);
    this.etag = etag;
  }
}

/** The request would change more objects than allowed. */
export class LimitExceeded extends Refusal {
  readonly code = 'LIMIT_EXCEEDED';
  /** The allowed maximum. */
  readonly limit: number;

  constructor(message: string, limit: number, path: readonly string[] | null = null) {
    super(message, path);
    this.limit = limit;
  }
}

/** The gateway cannot do it now, such as when its database cannot be reached or the disk is full. It may later. */
export class Unavailable extends Refusal {
  readonly code = 'UNAVAILABLE';
}

/**
 * A bug of the gateway, reported as the result of one object of a bulk operation. Everywhere else bugs are
 * masked.
 */
export class InternalError extends Refusal {
  readonly code = 'INTERNAL_SERVER_ERROR';
}

/** The types of objects of which changes are listed. */
export type ResourceType = 'Project' | 'Environment' | 'Plugin' | 'Job' | 'Schedule' | 'Service' | 'State';

/** One field of an object that a mutation would change. */
export interface ResourceChange {
  /** The object's type, and its id in the store. */
  type: ResourceType;
  id: string;
  field: string;
  before: string | null;
  after: string | null;
}

/**
 * Not a refusal: the request was only to be checked, and has passed. It is thrown so that the transaction
 * rolls back.
 */
export class Validated extends Error {
  /** What would have changed; null when the mutation does not list changes. */
  readonly changes: readonly ResourceChange[] | null;
  /** How many other objects would only have got another path; null like `changes`. */
  readonly pathCount: number | null;

  constructor(listed: { changes: readonly ResourceChange[]; pathCount: number } | null = null) {
    super('All checks have passed; nothing was changed.');
    this.name = this.constructor.name;
    this.changes = listed?.changes ?? null;
    this.pathCount = listed?.pathCount ?? null;
  }
}

/** Collects all mistakes in an input, so that the caller gets them at once. */
export class InputCheck {
  readonly #fields: InvalidField[] = [];

  /** Notes a mistake at `input.<path>`. */
  add(path: string, code: InvalidFieldCode, message: string): void {
    this.#fields.push({ path: ['input', ...path.split('.')], code, message });
  }

  /** Notes mistakes of another check. */
  addAll(fields: readonly InvalidField[]): void {
    this.#fields.push(...fields);
  }

  /** The mistakes that were noted. */
  get fields(): readonly InvalidField[] {
    return this.#fields;
  }

  /** @throws InvalidInput when a mistake was noted */
  done(): void {
    if (this.#fields.length > 0) throw new InvalidInput(this.#fields);
  }
}
