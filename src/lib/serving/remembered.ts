/** How many texts are remembered, and how long one may be. */
const [maxTexts, maxLength] = [100, 200];

/**
 * A function of a text that remembers its last answers, for what most requests say alike, such as a header.
 *
 * @param read answers the same for the same text, and nothing that changes
 */
export function remembered<T extends object>(read: (text: string) => T | null): (text: string) => T | null {
  const answers = new Map<string, T | null>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = read(text);
    if (text.length > maxLength) return answer;
    if (answers.size >= maxTexts) answers.clear();
    answers.set(text, answer);
    return answer;
  };
}
