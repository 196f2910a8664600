import { Refused } from './gateway.ts';

/** What a mutation answers: its success, or a refusal. */
type Answer = { __typename: string } & Partial<{ code: string; message: string; path: string[] | null }>;

/** The success of a mutation. @throws Refused */
export function accepted<T extends Answer, Name extends T['__typename']>(
  answer: T,
  success: Name,
): Extract<T, { __typename: Name }> {
  if (answer.__typename === success) return answer as Extract<T, { __typename: Name }>;
  const { code = answer.__typename, message = '' } = answer;
  throw new Refused(`${code} ${message}`.trim());
}
