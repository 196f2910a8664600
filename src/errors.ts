/**
 * Every refusal that the API can give: a request that cannot be done, as opposed to a run that
 * failed (data) and a fault of ours (masked). Each has a code that does not change, and a message
 * that says what is so and what to do.
 */
export abstract class Refusal extends Error {
  abstract readonly code: string;
  /** Where in the mutation's arguments the reason lies, such as `["input", "job"]`; null when in none. */
  readonly path: readonly string[] | null;

  constructor(message: string, path: readonly string[] | null = null) {
    super(message);
    this.name = this.constructor.name;
    this.path = path;
  }
}

/** Something that the request names does not exist. */
export class NotFound extends Refusal {
  readonly code = 'NOT_FOUND';
}

/** Something with that name exists already. */
export class AlreadyExists extends Refusal {
  readonly code = 'ALREADY_EXISTS';
}

/** One thing that is wrong with an input. */
export interface InvalidField {
  path: readonly string[];
  /** What kind of mistake it is, such as `TOO_LONG` or `UNKNOWN_BLOCK`. */
  code: string;
  message: string;
}

/** The input breaks rules; all of them are listed at once. */
export class InvalidInput extends Refusal {
  readonly code = 'INVALID_INPUT';
  readonly fields: readonly InvalidField[];

  constructor(fields: readonly InvalidField[]) {
    super(fields.map((field) => field.message).join(' '), fields[0]?.path ?? null);
    this.fields = fields;
  }
}

/** The object is in a status in which this cannot be done. */
export class WrongStatus extends Refusal {
  readonly code = 'WRONG_STATUS';
  /** The status that it is in. */
  readonly status: string;

  constructor(message: string, status: string, path: readonly string[] | null = null) {
    super(message, path);
    this.status = status;
  }
}

/** A run holds what the request would change. */
export class Busy extends Refusal {
  readonly code = 'BUSY';
  /** Id of the run in the store; null when another mutation holds it for a moment. */
  readonly runId: string | null;

  constructor(message: string, runId: string | null, path: readonly string[] | null = null) {
    super(message, path);
    this.runId = runId;
  }
}

/** The request contradicts what is there, such as a schedule that still names the job to delete. */
export class Conflict extends Refusal {
  readonly code = 'CONFLICT';
  /** The present etag of the object, when the one that the caller expected is out of date. */
  readonly etag: string | null;

  constructor(message: string, path: readonly string[] | null = null, etag: string | null = null) {
    super(message, path);
    this.etag = etag;
  }
}

/** The request would do more at once than is allowed. */
export class LimitExceeded extends Refusal {
  readonly code = 'LIMIT_EXCEEDED';
  /** The most that is allowed. */
  readonly limit: number;

  constructor(message: string, limit: number, path: readonly string[] | null = null) {
    super(message, path);
    this.limit = limit;
  }
}

/** A fault of ours, where it is told as what has become of one object among many; elsewhere faults are masked. */
export class InternalError extends Refusal {
  readonly code = 'INTERNAL_SERVER_ERROR';
}

/** One field of an object that a mutation would change. */
export interface ResourceChange {
  /** The object's type, and its id in the store. */
  type: 'Project' | 'Environment' | 'Plugin' | 'Job' | 'Schedule' | 'Service' | 'State';
  id: string;
  field: string;
  before: string | null;
  after: string | null;
}

/** Not a refusal: the request could be carried out, and was only to be checked. Thrown, so that all is taken back. */
export class Validated extends Error {
  /** What would have changed; null when the mutation does not list that. */
  readonly changes: readonly ResourceChange[] | null;
  /** How many further objects would have had another path, and nothing else; null like `changes`. */
  readonly pathCount: number | null;

  constructor(listed: { changes: readonly ResourceChange[]; pathCount: number } | null = null) {
    super('All checks have passed; nothing was changed.');
    this.name = this.constructor.name;
    this.changes = listed?.changes ?? null;
    this.pathCount = listed?.pathCount ?? null;
  }
}

/** Collects what is wrong with an input, so that the caller learns of everything at once. */
export class InputCheck {
  readonly #fields: InvalidField[] = [];

  /** Notes a mistake at `input.<path>`. */
  add(path: string, code: string, message: string): void {
    this.#fields.push({ path: ['input', ...path.split('.')], code, message });
  }

  /** @throws InvalidInput when a mistake was noted */
  done(): void {
    if (this.#fields.length > 0) throw new InvalidInput(this.#fields);
  }
}
