import type { InputFieldMap, InputRef, InputShapeFromFields, ObjectRef } from '@pothos/core';
import { applyRules, type Mutation, type Rules } from '../domain/rules/apply-rules.ts';
import type { Updated } from '../domain/updated.ts';
import { noting } from '../domain/naming/former-path.ts';
import { refusedCycle } from '../domain/schedules/following/refuse-cycle.ts';
import type { Gateway } from '../domain/gateway.ts';
import { Conflict, InvalidInput, Refusal, Unavailable } from '../errors.ts';
import { measure } from '../metrics/measures.ts';
import { whyUnavailable } from '../store/database/why-unavailable.ts';
import type { Prisma } from '../store/index.ts';
import { builder, type BuilderTypes, type RowRef } from './builder.ts';
import { noteMoved, type Context } from './context.ts';
import { rowById } from './find-row.ts';
import { refuseFaults } from './maxima/find-faults.ts';

export type RefusalClass = new (...args: never[]) => Refusal;

/** A mutation, for what is made of all of them. */
export interface Verb {
  name: string;
  input: InputRef<Rules>;
  /** The refusals that it can give. */
  refusals: readonly RefusalClass[];
  /** Does it. @throws its refusals, and `Validated` when the input says `validateOnly` */
  run: (context: Context, input: Rules) => Promise<unknown>;
}

/** All mutations. The list is whole when the files of all resources were loaded. */
export const verbs: Verb[] = [];

/** The builder of fields of input types. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<BuilderTypes, 'InputObject'>;

interface VerbInput<Fields extends InputFieldMap> {
  fields: (t: InputFields) => Fields;
}

/**
 * The fields of a mutation's input. This is a function so that TypeScript infers the type of the verb's
 * input.
 */
export function inputFields<Fields extends InputFieldMap>(
  fields: (t: InputFields) => Fields,
): VerbInput<Fields> {
  return { fields };
}

interface VerbOptions<Fields extends InputFieldMap, Answer> extends Mutation<
  NoInfer<InputShapeFromFields<Fields>> & Rules,
  Answer
> {
  description: string;
  /** The fields of its input, without those that every mutation has. */
  input: VerbInput<Fields>;
  /** The refusals that it can give, without those that every mutation can give. */
  refusals: RefusalClass[];
  /** What follows when the change is stored, also when the first answer is given again. */
  afterwards?: (gateway: Gateway, answer: Answer) => Promise<void>;
  /** True when the verb itself applies `clientRequestId` and `validateOnly` (see `Rules`). */
  hasOwnRules?: boolean;
}

interface RowVerbOptions<Fields extends InputFieldMap> extends VerbOptions<Fields, string | object> {
  /** The only field of the success type. The verb answers its row, or the id of its row. */
  success: { field: string; node: RowRef; table: Prisma.ModelName; description: string };
}

/**
 * Adds a mutation. All mutations have the form `name(input: NameInput!): NameResult!`, where `NameResult` is
 * `NameSuccess` or one of the refusals.
 */
export function addVerb<Fields extends InputFieldMap>(options: RowVerbOptions<Fields>): void {
  const { name, success } = options;
  const type = builder.objectRef<{ answer: string | object }>(`${capital(name)}Success`).implement({
    description: `What \`${name}\` answers when it succeeds.`,
    fields: (t) => ({
      [success.field]: t.field({
        type: success.node,
        description: success.description,
        resolve: ({ answer }, _args, context, info) =>
          typeof answer === 'string' ? rowById(context, info, success.table, answer) : answer,
      }),
    }),
  });
  addMutation(options, type, (answer) => ({ answer }));
}

interface UpdateOptions<Fields extends InputFieldMap>
  extends VerbOptions<Fields, Updated>, Pick<RowVerbOptions<Fields>, 'success'> {}

/** Adds a mutation that changes fields of an object. Its success type also says whether anything was to change. */
export function addUpdate<Fields extends InputFieldMap>(options: UpdateOptions<Fields>): void {
  const { name, success } = options;
  const type = builder.objectRef<Updated>(`${capital(name)}Success`).implement({
    description: `What \`${name}\` answers when it succeeds.`,
    fields: (t) => ({
      [success.field]: t.field({
        type: success.node,
        description: success.description,
        resolve: ({ id }, _args, context, info) => rowById(context, info, success.table, id),
      }),
      isChanged: t.exposeBoolean('isChanged', {
        description: 'False when everything was already as asked, so that there was nothing to change.',
      }),
    }),
  });
  addMutation(options, type, (answer) => answer);
}

interface ResultOptions<Fields extends InputFieldMap, Answer> extends Omit<
  VerbOptions<Fields, Answer>,
  'verb'
> {
  type: ObjectRef<BuilderTypes, Answer>;
  resolve: VerbOptions<Fields, Answer>['verb'];
}

/** Adds a mutation that has a success type of its own. */
export function addResult<Fields extends InputFieldMap, Answer>(
  options: ResultOptions<Fields, Answer>,
): void {
  addMutation({ ...options, verb: options.resolve }, options.type, (answer) => answer);
}

function addMutation<Fields extends InputFieldMap, Answer, Success>(
  options: VerbOptions<Fields, Answer>,
  type: ObjectRef<BuilderTypes, Success>,
  successOf: (answer: Answer) => Success,
): void {
  const {
    name,
    description,
    input,
    target: subject,
    moves,
    refusals,
    verb,
    afterwards,
    hasOwnRules = false,
  } = options;
  type Input = InputShapeFromFields<Fields> & Rules;
  const inputType = builder.inputType(`${capital(name)}Input`, {
    description: `Input of \`${name}\`.`,
    fields: (t): InputFieldMap => ({ ...input.fields(t), ...ruleFields(t, subject !== undefined) }),
  }) as unknown as InputRef<Input>;
  const mutation: Mutation<Input, Answer> = {
    name,
    verb,
    ...(subject ? { target: subject } : {}),
    ...(moves ? { moves } : {}),
  };
  const answerOf = (gateway: Gateway, given: Input): Promise<Answer> =>
    hasOwnRules ? verb(gateway, given) : applyRules(gateway, mutation, given);
  const run = async (context: Context, given: Input): Promise<Answer> => {
    const gateway = noting(context.gateway, (moved) => noteMoved(context, moved));
    try {
      const answer = await answerOf(gateway, given);
      await afterwards?.(gateway, answer);
      measure('mutation', { mutation: name, outcome: 'success' });
      return answer;
    } catch (error) {
      const refusal = refusalOf(error);
      // What was only checked was no mutation.
      if (given.validateOnly !== true) measureRefusal(context, name, refusal);
      if (refusal instanceof Unavailable) context.isUnavailable = true;
      throw refusal;
    }
  };
  const allRefusals = [...new Set([...refusals, InvalidInput, Conflict, Unavailable])];
  verbs.push({ name, input: inputType, refusals: allRefusals, run: run as Verb['run'] });
  builder.mutationField(name, (t) =>
    t.field({
      type,
      description,
      args: { input: t.arg({ type: inputType, required: true, description: 'What to do.' }) },
      errors: {
        types: allRefusals,
        union: { name: `${capital(name)}Result`, description: `What \`${name}\` answers.` },
      },
      resolve: (_root, args, context, { parentType, fieldName }) => {
        refuseMeasured(context, name, () =>
          refuseFaults(parentType.getFields()[fieldName]?.args ?? [], args),
        );
        return run(context, (args as { input: Input }).input).then(successOf) as never;
      },
    }),
  );
}

/** Tells of a mutation that did nothing. */
function measureRefusal(context: Context, mutation: string, error: unknown): void {
  const isRefused = error instanceof Refusal;
  context.isRefused ||= isRefused;
  measure('mutation', { mutation, outcome: isRefused ? 'refused' : 'error' });
}

/** Checks the input of a mutation before it is begun. @throws what the check throws */
function refuseMeasured(context: Context, mutation: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    measureRefusal(context, mutation, error);
    throw error;
  }
}

function refusalOf(error: unknown): unknown {
  const reason = whyUnavailable(error);
  return reason === null ? refusedCycle(error) : new Unavailable(reason);
}

function ruleFields(t: InputFields, hasSubject: boolean) {
  return {
    clientRequestId: t.string({
      maxLength: 200,
      checkedBy: 'VERB',
      description:
        'A key of your choice, not empty, which makes it safe to send the request again. The same input with the same key gives the first answer again and changes nothing. Another input with the same key is a `Conflict`. Keys are kept for at least 24 hours. A request that was refused does not use up its key.',
    }),
    ...(hasSubject
      ? {
          ifMatch: t.string({
            description:
              'The `etag` that you have read. If the object has another `etag` now, nothing is changed, and the answer is a `Conflict` with the current `etag`.',
          }),
        }
      : {}),
  };
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
