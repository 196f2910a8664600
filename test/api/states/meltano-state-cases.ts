/** The two documents of a state id, each as JSON text. */
export interface Documents {
  completed: string;
  partial: string;
}

/** What is copied, and what it is copied over. `meltano` says where Meltano itself breaks down. */
export const copies: { title: string; from: Documents; over?: Documents; meltano?: 'breaks' }[] = [
  {
    title: 'a completed document alone',
    from: { completed: '{"singer_state": {"bookmarks": {"a": {"at": "2026-01-01"}}}}', partial: '{}' },
  },
  {
    title: 'a partial document alone',
    from: { completed: '{}', partial: '{"singer_state": {"bookmarks": {"a": {"at": 1}}}}' },
  },
  {
    title: 'a partial document merged over a completed one, key by key',
    from: {
      completed: '{"singer_state": {"bookmarks": {"a": {"at": 1, "by": "id"}, "b": {"at": 2}}, "v": 1}}',
      partial: '{"singer_state": {"bookmarks": {"a": {"at": 5}, "c": {"at": 3}}, "w": 2}}',
    },
  },
  {
    title: 'lists, scalars and null, which replace what they meet',
    from: {
      completed:
        '{"singer_state": {"list": [1, {"a": 1}], "text": "old", "gone": 1, "empty": {}, "object": {"a": 1}}}',
      partial:
        '{"singer_state": {"list": [{"b": 2}], "text": "new", "gone": null, "empty": {}, "object": 7}}',
    },
  },
  {
    title: 'an object that meets something else',
    from: {
      completed: '{"singer_state": {"was": 5}}',
      partial: '{"singer_state": {"was": {"now": "object"}}}',
    },
    meltano: 'breaks',
  },
  {
    title: 'an empty partial object over one with keys',
    from: {
      completed: '{"singer_state": {"bookmarks": {"a": 1}}}',
      partial: '{"singer_state": {"bookmarks": {}}}',
    },
  },
  {
    title: 'an empty partial object over something else, which stays',
    from: {
      completed: '{"singer_state": {"number": 5, "text": "a", "list": [1], "none": null, "deep": {"a": 1}}}',
      partial:
        '{"singer_state": {"number": {}, "text": {}, "list": {}, "none": {}, "deep": {"a": {}, "b": {}}}}',
    },
  },
  {
    title: 'keys beside singer_state',
    from: { completed: '{"singer_state": {}, "note": {"a": 1}}', partial: '{"note": {"b": 2}}' },
  },
  {
    title: 'whole numbers that no JavaScript number holds, merged and not',
    from: {
      completed:
        '{"singer_state": {"kept": 9007199254740993, "deep": [{"n": -9223372036854775807}], "over": 1}}',
      partial:
        '{"singer_state": {"over": 123456789012345678901234567890, "text": "9007199254740993, \\"n1\\": 2"}}',
    },
  },
  {
    title: 'odd texts and keys',
    from: {
      completed:
        '{"singer_state": {"\\"q\\\\": "ü\\u20ac\\ud83d\\ude00", "": {"y": 1}, "__proto__": {"a": 1}, "n5": "s\\\\"}}',
      partial: '{"singer_state": {"__proto__": {"b": 2}, "": {"x": "\\n\\t/"}}}',
    },
  },
  {
    title: 'over a destination with documents of its own, both of which go',
    from: { completed: '{"singer_state": {"a": 1}}', partial: '{}' },
    over: { completed: '{"singer_state": {"b": 1}}', partial: '{"singer_state": {"c": 1}}' },
  },
  { title: 'a state without singer_state', from: { completed: '{"other": 1}', partial: '{}' } },
  { title: 'a state of two empty documents', from: { completed: '{}', partial: '{}' } },
];

/** What is set, over a state with a partial document. */
export const settings = [
  '{"singer_state": {"bookmarks": {"a": {"at": "2026-01-01"}}}}',
  '{"singer_state": {"big": 9007199254740993, "float": 1.5, "small": 1e-7}}',
  '{"singer_state": {"power": 1e2, "minus": -0.0, "point": 100.0, "zero": 0.10, "small": 1.0e-7}}',
  '{"singer_state": null, "note": [1, 2]}',
  '{"singer_state": [], "ü": "\\u20ac"}',
  '{"singer_state": {}, "singer_state": {"last": true}}',
  '{"bookmarks": {}}',
  '[1]',
  '"singer_state"',
  '{"singer_state": ',
  '',
];

/** What is merged into a state that holds `old`, and into one that does not exist. */
export const merges = [
  '{"singer_state": {"new": 1}}',
  '{"singer_state": {"older": {"now": "object"}}}',
  '{"singer_state": {"older": {}, "newer": {}}}',
  '{"singer_state": {"older": [2], "old": 9007199254740993}}',
  '{"singer_state": {}}',
  '{"singer_state": null, "note": {"a": 1}}',
  '{"bookmarks": {}}',
  '[1]',
  '',
];

/** What is edited: the patch, and what somebody saves in an editor who means the same. */
export const edits: { title: string; patch: object[]; edited: string; documents?: Documents }[] = [
  {
    title: 'a value',
    patch: [{ op: 'replace', path: '/singer_state/old', value: 5 }],
    edited: '{"singer_state": {"old": 5, "older": 1}}',
  },
  {
    title: 'a key away and another one in',
    patch: [
      { op: 'remove', path: '/singer_state/older' },
      { op: 'add', path: '/note', value: [{ a: null }] },
    ],
    edited: '{"singer_state": {"old": 1}, "note": [{"a": null}]}',
  },
  { title: 'nothing', patch: [], edited: '{"singer_state": {"older": 1, "old": 1}}' },
  {
    title: 'what is no state any longer',
    patch: [{ op: 'move', from: '/singer_state', path: '/bookmarks' }],
    edited: '{"bookmarks": {"old": 1, "older": 1}}',
  },
  {
    title: 'large numbers beside',
    patch: [{ op: 'replace', path: '/singer_state/a', value: 2 }],
    edited: '{"singer_state": {"a": 2, "n": 9007199254740993}}',
    documents: {
      completed: '{"singer_state": {"a": 1}}',
      partial: '{"singer_state": {"n": 9007199254740993}}',
    },
  },
  {
    title: 'two empty documents into a state',
    patch: [{ op: 'add', path: '/singer_state', value: {} }],
    edited: '{"singer_state": {}}',
    documents: { completed: '{}', partial: '{}' },
  },
];

/** What is imported over a state that holds `old`, and beside it. */
export const imported =
  '{"import-0": {"completed": {"singer_state": {"n": 9007199254740993}}, "partial": {}}, "import-1": {"completed": {}, "partial": {"singer_state": {"a": {"b": [1]}}}}, "import-2": {"partial": {}, "completed": {}}, "import-3": {"completed": {"other": 1}, "partial": {}}}';

export const old: Documents = {
  completed: '{"singer_state": {"old": 1}}',
  partial: '{"singer_state": {"older": 1}}',
};
