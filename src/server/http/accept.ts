import { remembered } from '../../lib/serving/remembered.ts';

/** The type in which events come, each as soon as it happens. */
export const eventStream = 'text/event-stream';

/** The type of a page for people. */
const html = 'text/html';

/** The types in which GraphQL answers. Of types that a client wants equally, the first one is taken. */
const answerTypes = ['application/json', 'application/graphql-response+json', eventStream] as const;

export type AnswerType = (typeof answerTypes)[number];

/** How a client wants its answer, by its `Accept` header. */
export interface Accepts {
  /** The type of an answer that comes as a whole; `eventStream` makes one event of it. */
  answer: AnswerType;
  /** Whether the client takes events. */
  events: boolean;
}

const accepts = remembered<Accepts>((header) => {
  const ranges = readRanges(header);
  const answer = preferred(answerTypes, ranges);
  return answer === null ? null : { answer, events: weightOf(eventStream, ranges).weight > 0 };
});

/** Reads how a client wants its answer; null when GraphQL cannot answer so. */
export function readAccept(header = ''): Readonly<Accepts> | null {
  return accepts(header);
}

/** Whether a client would rather have a page than an answer of GraphQL, as a browser does. */
export function prefersPage(header: string | undefined): boolean {
  return preferred([...answerTypes, html], readRanges(header)) === html;
}

/** Which of some types a client wants most, by its `Accept` header; null when it wants none. */
export function preferredType<T extends string>(types: readonly T[], header: string | undefined): T | null {
  return preferred(types, readRanges(header));
}

/** What a 406 says. */
export const notAcceptable = `Answers come as ${answerTypes.join(', ')}. The Accept header allows none of these.`;

/** A part of an `Accept` header, such as `text/*;q=0.5`. */
interface Range {
  type: string;
  /** From 0 for "not this" to 1. */
  weight: number;
}

function readRanges(header = ''): Range[] {
  const parts = header.toLowerCase().replace(/\s/g, '').split(',');
  const ranges = parts.flatMap((part) => {
    const [type = '', ...parameters] = part.split(';');
    const valueOf = (name: string): string | undefined =>
      parameters.find((parameter) => parameter.startsWith(`${name}=`))?.slice(name.length + 1);
    // Answers are in UTF-8, and in nothing else.
    const readable = (valueOf('charset') ?? 'utf-8').replaceAll('"', '') === 'utf-8';
    const weight = Number(valueOf('q') ?? 1);
    return type === '' || !readable ? [] : [{ type, weight: weight >= 0 && weight <= 1 ? weight : 1 }];
  });
  return header.trim() === '' ? [{ type: '*/*', weight: 1 }] : ranges;
}

/** The type that a client wants most: by its weight, then by its place in the header. */
function preferred<T extends string>(types: readonly T[], ranges: readonly Range[]): T | null {
  const wanted = types
    .map((type) => ({ type, ...weightOf(type, ranges) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.place - b.place);
  return wanted[0]?.type ?? null;
}

/** The weight of a type, which is that of the range that names it most exactly, and the place of that range. */
function weightOf(type: string, ranges: readonly Range[]): { weight: number; place: number } {
  for (const name of [type, type.replace(/\/.*/, '/*'), '*/*']) {
    const place = ranges.findIndex((range) => range.type === name);
    const range = ranges[place];
    if (range) return { weight: range.weight, place };
  }
  return { weight: 0, place: ranges.length };
}
