/** The kinds of refusal, with what each means. The API shows them as the enum `ErrorCode`. */
export const errorCodes = {
  ALREADY_EXISTS: 'Something with that name exists already.',
  BUSY: 'A run uses what the mutation would change.',
  CONFLICT: 'The mutation does not fit what is stored, or what the caller has read.',
  INTERNAL_SERVER_ERROR: 'An internal error of the gateway.',
  INVALID_INPUT: 'The input breaks rules.',
  LIMIT_EXCEEDED: 'The mutation would change more at once than is allowed.',
  NOT_FOUND: 'Something that the input names does not exist.',
  UNAVAILABLE: 'The gateway cannot do it now. It may later.',
  WRONG_STATUS: 'The object has a status in which this is not possible.',
} as const;

/** A kind of refusal. */
export type ErrorCode = keyof typeof errorCodes;

/** The kinds of mistake in an input, with what each means. The API shows them as the enum `InvalidFieldCode`. */
export const invalidFieldCodes = {
  AMBIGUOUS_BLOCK: 'A block names a mapping of which there are several.',
  AMBIGUOUS_PLUGIN:
    'There is an extractor of the same name, which Meltano would take in place of the loader.',
  BAD_DOCUMENTS: 'A state is not an object of the two documents `completed` and `partial`.',
  BAD_INTERVAL: 'It is not a cron expression, and not an interval that Meltano knows.',
  BAD_JSON: 'It is not JSON, or not JSON of the kind that is needed.',
  BAD_LENGTH: 'A name is empty or too long.',
  BAD_MANIFEST: 'Meltano would not load the `meltano.yml`.',
  BAD_NAME: 'A name has a character that is not allowed.',
  BAD_NUMBER: 'A number is too large.',
  BAD_OPERATION: 'An operation of a JSON Patch is not valid.',
  BAD_PATCH: 'It is not a JSON Patch.',
  BAD_PATH:
    'The path of a file is empty, too long, has a character that is not allowed, or is that of a folder.',
  BAD_POINTER: 'It is not a JSON pointer.',
  BAD_REQUEST_ID: 'A `clientRequestId` is empty, too long, or has a NUL.',
  BAD_STATE_ID: 'A state id is empty, too long, or has a character that is not allowed.',
  BAD_STATUS: 'The mutation does nothing to objects of this status.',
  BAD_SUFFIX: 'A suffix of state ids is too long, or has a character that is not allowed.',
  BAD_TEXT: 'A text has a NUL or an unpaired surrogate.',
  BAD_TIME_ZONE: 'It is not the name of a time zone.',
  BAD_VALUE: 'A value is too long, or has a character that is not allowed.',
  INEXACT_NUMBER: 'A number may have been rounded on its way. Give JSON text.',
  MISPLACED_BLOCK: 'A block stands where no block of its kind may be.',
  MISSING: 'Something that is needed is not given.',
  MISSING_LOADER: 'No loader follows an extractor.',
  NOT_AN_EXTRA: 'It is a field of its own, and no extra.',
  NOT_AN_EXTRACTOR: 'The plugin is not an extractor.',
  NOT_AN_OBJECT: 'It is not a JSON object.',
  NOT_APPLICABLE: 'Objects of this type do not have this field.',
  NOT_RETRYABLE: 'A run of this kind cannot be retried.',
  NOT_TESTABLE: 'A plugin of this type cannot be tested.',
  NOT_WITH_IDS: 'A condition of a filter is given together with ids.',
  NO_BLOCKS: 'There is no block to run.',
  NO_PLUGINS: 'There is no plugin to install.',
  NO_SINGER_STATE: 'A state document has no `singer_state`.',
  NO_TESTS: 'There is no test to run.',
  ONE_OF: 'Not exactly one of several fields is given.',
  OTHER_PROJECT: 'The object belongs to another project.',
  OUTSIDE: 'The file is outside of the directory of the project.',
  OUT_OF_RANGE: 'A number is too low or too high.',
  REDACTED: 'A value stands for a secret that the project does not have.',
  REPEATED: 'Something is given twice.',
  RESERVED:
    'The gateway or Meltano sets this environment variable, or writes this file, itself. Callers cannot.',
  SAME_ENVIRONMENT: 'The states are in the destination already.',
  SAME_STATE: 'The destination is the source.',
  TOO_DEEP: 'A JSON value is nested too deep.',
  TOO_LONG: 'A text, a JSON value or a document is longer than its maximum.',
  TOO_MANY: 'There are more entries or objects than the maximum.',
  UNKNOWN_BLOCK: 'A block is neither a plugin of the project, nor a mapping, nor a command.',
  UNKNOWN_COMMAND: 'The plugin has no such command.',
  UNKNOWN_DATABASE: 'The gateway may not read a database of that name.',
  UNKNOWN_PLUGIN: 'The project has no such plugin.',
  UNKNOWN_TEST: 'The project has no such test.',
} as const;

/** A kind of mistake in an input. */
export type InvalidFieldCode = keyof typeof invalidFieldCodes;
