/**
 * The parts of a state id of the form that `meltano run` makes,
 * `<environment>:<extractor>-to-<loader>[:<suffix>]`; null when it has another form. Source: Meltano
 * `cli/state.py`.
 */
export function partsOfStateId(
  stateId: string,
): { pair: string; extractor: string; loader: string; suffix: string | null } | null {
  const [environment = '', pair = '', ...rest] = stateId.split(':');
  const suffix = rest.length === 0 ? null : rest.join(':');
  const middle = '-to-';
  const end = pair.lastIndexOf(middle, pair.length - middle.length - 1);
  if (environment === '' || suffix === '' || end < 1) return null;
  return { pair, extractor: pair.slice(0, end), loader: pair.slice(end + middle.length), suffix };
}

/** The middle part of a state id, `<extractor>-to-<loader>`. */
export function pairOf(stateId: string): string | null {
  return partsOfStateId(stateId)?.pair ?? null;
}
