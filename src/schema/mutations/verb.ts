import type { InputFieldMap, InputRef, ObjectRef } from '@pothos/core';
import type { Services } from '../../domain/services.ts';
import type { Refusal } from '../../errors.ts';
import type { Prisma } from '../../store/index.ts';
import { builder, type BuilderTypes } from '../builder.ts';
import type { RowRef } from '../connection.ts';
import { rowById } from '../rows.ts';

/** What fields of an input type are made with. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<BuilderTypes, 'InputObject'>;

/** The input type of a mutation, `NameInput`. */
export function verbInput<Fields extends InputFieldMap>(name: string, fields: (t: InputFields) => Fields) {
  return builder.inputType(`${capital(name)}Input`, { description: `Input of \`${name}\`.`, fields });
}

interface VerbOptions<Input> {
  /** Name of the mutation, which is also that of the verb. */
  name: string;
  description: string;
  /** Its input type, see `verbInput`. */
  input: InputRef<Input>;
  /** The field of the success type and what it leads to. */
  success: { field: string; node: RowRef; table: Prisma.ModelName; description: string };
  /** The refusals that it can give, and no others. */
  refusals: (new (...args: never[]) => Refusal)[];
  /** The verb itself; it answers the row that `success` leads to, or the row's id. */
  verb: (services: Services, input: NoInfer<Input>) => Promise<string | object>;
}

/**
 * Adds a mutation by the one rule that all of them follow: `name(input: NameInput!): NameResult!`,
 * where `NameResult` is `NameSuccess` or one of the refusals.
 */
export function addVerb<Input>(options: VerbOptions<Input>): void {
  const { name, success, verb } = options;
  const type = builder.objectRef<{ answer: string | object }>(`${capital(name)}Success`).implement({
    description: `\`${name}\` has been done.`,
    fields: (t) => ({
      [success.field]: t.field({
        type: success.node,
        description: success.description,
        resolve: ({ answer }, _args, context, info) =>
          typeof answer === 'string' ? rowById(context, info, success.table, answer) : answer,
      }),
    }),
  });
  addResult({
    ...options,
    type,
    resolve: async (services, input) => ({ answer: await verb(services, input) }),
  });
}

interface ResultOptions<Input, Success> extends Pick<
  VerbOptions<Input>,
  'name' | 'description' | 'input' | 'refusals'
> {
  type: ObjectRef<BuilderTypes, Success>;
  resolve: (services: Services, input: Input) => Promise<Success>;
}

/** Adds a mutation that answers a success type of its own making, or a refusal. */
export function addResult<Input, Success>(options: ResultOptions<Input, Success>): void {
  const { name, description, input, type, refusals, resolve } = options;
  builder.mutationField(name, (t) =>
    t.field({
      type,
      description,
      args: { input: t.arg({ type: input, required: true, description: 'What to do.' }) },
      errors: {
        types: refusals,
        union: { name: `${capital(name)}Result`, description: `What \`${name}\` answers.` },
      },
      resolve: (_root, args, context) => resolve(context.services, (args as { input: Input }).input) as never,
    }),
  );
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
