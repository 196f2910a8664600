import { InputCheck, type InvalidField } from '../../errors.ts';
import { printLargeJson } from '../../lib/event-loop/print-json.ts';
import { inSlices } from '../../lib/event-loop/slices.ts';
import { byThread } from '../../lib/event-loop/threads.ts';
import { parseExact, printExact } from '../../lib/exact-json.ts';
import {
  addComplaints,
  checkLength,
  checkSingerState,
  checkValues,
  complaintsIn,
  type Complaint,
} from './check-state.ts';
import { areLarge } from './state-documents.ts';

/** JSON that a caller gives, as a value or as text. */
export interface GivenJson {
  /** If the caller gave text, this is the same text, with numbers that JavaScript would round. */
  text: string;
  /** Numbers in a value were rounded when the request was parsed. */
  isText: boolean;
  /** What is wrong with a value and would not be seen in its text. */
  complaints: readonly Complaint[];
}

/**
 * Takes a JSON value, or JSON text in a string, as text. Null when nothing is given, and when the value is nested so
 * deep that it cannot be written.
 *
 * @param above levels of the value that are outside of the documents, and do not count
 */
export async function givenJson(given: unknown, above = 0): Promise<GivenJson | 'TOO_DEEP' | null> {
  if (given === undefined) return null;
  if (typeof given === 'string') return { text: given, isText: true, complaints: [] };
  const complaints = new Set<Complaint>();
  const turn = inSlices();
  for (const piece of complaintsIn(given, above)) {
    for (const complaint of piece) complaints.add(complaint);
    await turn();
  }
  if (complaints.has('TOO_DEEP')) return 'TOO_DEEP';
  return { text: await printLargeJson(given), isText: false, complaints: [...complaints] };
}

/**
 * Reads the document that a caller gives for a state id, as JSON or as JSON text, and notes everything that
 * is wrong with it. JSON text keeps numbers that JavaScript would round. In plain JSON such numbers are
 * refused, because they were already rounded when the request was parsed.
 *
 * @param path where the document is in the input
 * @returns the document as JSON text
 */
export async function readStateDocument(check: InputCheck, given: unknown, path = 'state'): Promise<string> {
  const json = await givenJson(given);
  if (json === 'TOO_DEEP') {
    addComplaints(check, path, [json]);
    return '';
  }
  if (json === null) {
    check.addAll(notJson(path));
    return '';
  }
  const { text, mistakes } = await checkedDocument(path, json.text, json.isText);
  check.addAll(mistakes);
  addComplaints(check, path, json.complaints);
  return text;
}

/** A document as JSON text without blanks, with each key once, and what is wrong with it. */
const checkedDocument = byThread(
  'checkedDocument',
  (path: string, text: string, isText: boolean): { text: string; mistakes: readonly InvalidField[] } => {
    const check = new InputCheck();
    const document = jsonIn(text);
    if (document === undefined) return { text: '', mistakes: notJson(path) };
    checkSingerState(check, path, document);
    // What was wrong with a value is known: its numbers are others in its text.
    if (!isText || checkValues(check, path, document, isText)) checkLength(check, path, text);
    const isFine = check.fields.length === 0;
    return { text: isFine && isText ? printExact(parseExact(text)) : text, mistakes: check.fields };
  },
  { isLarge: (_path, text) => areLarge(text) },
);

function notJson(path: string): readonly InvalidField[] {
  const check = new InputCheck();
  check.add(path, 'BAD_JSON', 'The state is neither an object nor the JSON text of one.');
  return check.fields;
}

/** The value of JSON text; undefined when it is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
