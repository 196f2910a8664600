import { InputCheck, type InvalidField } from '../../../errors.ts';
import { printLargeJson } from '../../../lib/event-loop/print-json.ts';
import { inSlices } from '../../../lib/event-loop/slices.ts';
import { byThread } from '../../../lib/event-loop/threads.ts';
import { parseExact, printExact } from '../../../lib/exact-json.ts';
import {
  addComplaints,
  checkLength,
  checkSingerState,
  checkValues,
  complaintsIn,
  type Complaint,
} from './check-state.ts';
import { areLarge } from './state-documents.ts';

/** A document, or a value of one, as a caller gives it: exactly one of the two. */
export interface GivenDocument {
  json?: unknown;
  /** JSON text. It keeps numbers that JavaScript would round. */
  text?: string | null | undefined;
}

/** What a caller gives, as text. */
export interface GivenJson {
  /** Where it is in the input. */
  path: string;
  /** JSON text, unless the caller gave a text that is none. */
  text: string;
  /** Whether the caller gave text. Numbers in a value were rounded when the request was parsed. */
  isText: boolean;
  /** What is wrong with a value and would not be seen in its text. */
  complaints: readonly Complaint[];
}

/**
 * Takes a JSON value or JSON text as text.
 *
 * @param path where it is in the input
 * @param turn shared by all that is taken at once, see `inSlices`
 */
export async function givenJson(
  { json, text }: GivenDocument,
  path: string,
  turn = inSlices(),
): Promise<GivenJson> {
  if (text != null) return { path: `${path}.text`, text, isText: true, complaints: [] };
  return { ...(await printGiven(json, turn)), path: `${path}.json`, isText: false };
}

/** Prints a value that a caller gives. One that is nested too deep is not printed. */
export async function printGiven(
  given: unknown,
  turn = inSlices(),
): Promise<Pick<GivenJson, 'text' | 'complaints'>> {
  const complaints = new Set<Complaint>();
  for (const piece of complaintsIn(given)) {
    for (const complaint of piece) complaints.add(complaint);
    await turn();
  }
  if (complaints.has('TOO_DEEP')) return { text: 'null', complaints: ['TOO_DEEP'] };
  return { text: await printLargeJson(given), complaints: [...complaints] };
}

/**
 * Notes what is wrong with what a caller gave.
 *
 * @param checkValue notes what else is wrong with its value
 */
export function checkGiven(
  check: InputCheck,
  { path, text, isText, complaints }: GivenJson,
  checkValue?: (value: unknown) => void,
): void {
  const value = complaints.includes('TOO_DEEP') ? undefined : jsonIn(text);
  if (value !== undefined) checkValue?.(value);
  else if (isText) check.add(path, 'BAD_JSON', 'The text is not JSON.');
  // The numbers of a value are others in its text.
  if (value !== undefined && isText) checkValues(check, path, value);
  else addComplaints(check, path, complaints);
  checkLength(check, path, text.length);
}

/**
 * What a caller gave, as it is stored: without blanks, and with each key once. For what nothing is wrong with.
 */
export function storedText({ text, isText }: GivenJson): string {
  return isText ? printExact(parseExact(text)) : text;
}

/**
 * Reads the document that a caller gives for a state id, and notes everything that is wrong with it.
 *
 * @param path where the document is in the input
 * @returns the document as JSON text
 */
export async function readStateDocument(
  check: InputCheck,
  given: GivenDocument,
  path = 'document',
): Promise<string> {
  const { text, mistakes } = await checkedDocument(await givenJson(given, path));
  check.addAll(mistakes);
  return text;
}

const checkedDocument = byThread(
  'checkedDocument',
  (given: GivenJson): { text: string; mistakes: readonly InvalidField[] } => {
    const check = new InputCheck();
    checkGiven(check, given, (value) => checkSingerState(check, given.path, value));
    const mistakes = check.fields;
    return { text: mistakes.length === 0 ? storedText(given) : '', mistakes };
  },
  { isLarge: ({ text }) => areLarge(text) },
);

/** The value of JSON text; undefined when it is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
