import type { ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Budget } from '../lib/serving/budget.ts';
import { characters, jsonSize, largeJsonSize } from '../lib/event-loop/json-size.ts';
import { printJson } from '../lib/event-loop/json-text.ts';
import { printLargeJson } from '../lib/event-loop/print-json.ts';
import { noRoom, tooLarge } from '../reading/read-limits.ts';
import type { Answering, YogaContext } from './yoga-answers.ts';

/** What answers may take of the memory. */
export interface AnswerLimits {
  /** Bytes that one answer may have. */
  bytes: number;
  /** Bytes that all answers may have together, until clients have received them. */
  memory: Budget;
}

/**
 * Takes the room that an answer needs until it has been sent, and writes it; a large one in slices.
 *
 * @returns the answer as JSON, or why it may not be sent
 */
export async function printAnswer(
  result: ExecutionResult,
  response: Answering,
  { bytes, memory }: AnswerLimits,
): Promise<string | GraphQLError> {
  const least = jsonSize(result.data, largeAnswer, characters);
  // A character has three bytes at most.
  const isLarge = least > Math.min(largeAnswer, bytes / 3);
  const size = isLarge ? await largeJsonSize(result.data, bytes) : least;
  if (size > bytes) return tooLarge(bytes);
  if (!memory.take(size)) return noRoom();
  response.once('close', () => memory.giveBack(size));
  return isLarge ? printLargeJson(result) : printJson(result);
}

/** Bytes of JSON that take more than a few milliseconds to count and to write. */
const largeAnswer = 250_000;

/** The code of errors that stand for an answer which cannot be given. To execute the query again would not help. */
export function refusalIn({ errors }: ExecutionResult): GraphQLError | undefined {
  // The errors of compiled queries have no extensions when the error that they stand for has none.
  type Extensions = Partial<GraphQLError['extensions']> | undefined;
  return errors?.find(({ extensions }) => (extensions as Extensions)?.code === 'LIMIT_EXCEEDED');
}

/** Applies the limits to what Yoga answers, and to each event of a subscription. */
export function answerLimitsPlugin(limits: AnswerLimits): Plugin<YogaContext, YogaContext> {
  return {
    // The compiled query has been refused.
    onExecute: ({ args, setResultAndStopExecution }) => {
      const { refusal } = (args.contextValue as YogaContext).req;
      if (refusal) setResultAndStopExecution({ errors: [refusal] });
    },
    onResultProcess: async (processing) => {
      const { result, serverContext } = processing;
      if (isAsyncIterable(result) || Array.isArray(result)) return;
      const executed = result.data !== undefined;
      const printed =
        (executed ? refusalIn(result) : null) ?? (await printAnswer(result, serverContext.res, limits));
      if (typeof printed !== 'string') processing.setResult({ errors: [printed] });
      // Yoga leaves details out of errors, and has its own way to write the rest.
      else Object.assign(result, { stringify: result.errors ? printJson : () => printed });
    },
    onSubscribe: () => ({
      onSubscribeResult: () => ({
        onNext: ({ result, setResult }) => {
          if (jsonSize(result.data, limits.bytes) > limits.bytes)
            setResult({ errors: [tooLarge(limits.bytes)] });
        },
      }),
    }),
  };
}
