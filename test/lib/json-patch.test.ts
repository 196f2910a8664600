import { describe, expect, test } from 'vitest';
import { parseExact, printExact, type ExactJson } from '../../src/lib/exact-json.ts';
import { applyPatch, PatchFailure, readOperation } from '../../src/lib/json-patch.ts';

/** Applies a patch that is given as text; a text that says why when it cannot be. */
function patched(document: string, patch: string, copyLimit = 1000): string {
  const operations = (parseExact(patch) as ExactJson[]).map(readOperation);
  const wrong = operations.filter((operation) => typeof operation === 'string');
  if (wrong.length > 0) return `invalid: ${wrong.join(' ')}`;
  try {
    return printExact(applyPatch(parseExact(document), operations as never, copyLimit));
  } catch (error) {
    if (error instanceof PatchFailure) return `${error.index}: ${error.message}`;
    throw error;
  }
}

// Source: RFC 6902, appendix A; the sections are its own.
test.each([
  ['A.1', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]', '{"foo":"bar","baz":"qux"}'],
  [
    'A.2',
    '{"foo":["bar","baz"]}',
    '[{"op":"add","path":"/foo/1","value":"qux"}]',
    '{"foo":["bar","qux","baz"]}',
  ],
  ['A.3', '{"baz":"qux","foo":"bar"}', '[{"op":"remove","path":"/baz"}]', '{"foo":"bar"}'],
  ['A.4', '{"foo":["bar","qux","baz"]}', '[{"op":"remove","path":"/foo/1"}]', '{"foo":["bar","baz"]}'],
  [
    'A.5',
    '{"baz":"qux","foo":"bar"}',
    '[{"op":"replace","path":"/baz","value":"boo"}]',
    '{"baz":"boo","foo":"bar"}',
  ],
  [
    'A.6',
    '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}',
    '[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]',
    '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}',
  ],
  [
    'A.7',
    '{"foo":["all","grass","cows","eat"]}',
    '[{"op":"move","from":"/foo/1","path":"/foo/3"}]',
    '{"foo":["all","cows","eat","grass"]}',
  ],
  [
    'A.8',
    '{"baz":"qux","foo":["a",2,"c"]}',
    '[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]',
    '{"baz":"qux","foo":["a",2,"c"]}',
  ],
  [
    'A.9',
    '{"baz":"qux"}',
    '[{"op":"test","path":"/baz","value":"bar"}]',
    '0: The value at "/baz" is another one.',
  ],
  [
    'A.10',
    '{"foo":"bar"}',
    '[{"op":"add","path":"/child","value":{"grandchild":{}}}]',
    '{"foo":"bar","child":{"grandchild":{}}}',
  ],
  [
    'A.11',
    '{"foo":"bar"}',
    '[{"op":"add","path":"/baz","value":"qux","xyz":123}]',
    '{"foo":"bar","baz":"qux"}',
  ],
  [
    'A.12',
    '{"foo":"bar"}',
    '[{"op":"add","path":"/baz/bat","value":"qux"}]',
    '0: There is nothing at "/baz".',
  ],
  ['A.14', '{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":10}]', '{"/":9,"~1":10}'],
  [
    'A.15',
    '{"/":9,"~1":10}',
    '[{"op":"test","path":"/~01","value":"10"}]',
    '0: The value at "/~01" is another one.',
  ],
  [
    'A.16',
    '{"foo":["bar"]}',
    '[{"op":"add","path":"/foo/-","value":["abc","def"]}]',
    '{"foo":["bar",["abc","def"]]}',
  ],
])('does what RFC 6902 shows in %s', (_section, document, patch, expected) => {
  expect(patched(document, patch)).toBe(expected);
});

describe('beyond the examples of the RFC', () => {
  test.each([
    ['the root is replaced by add', '{"a":1}', '[{"op":"add","path":"","value":{"b":2}}]', '{"b":2}'],
    ['the root is replaced', '{"a":1}', '[{"op":"replace","path":"","value":[]}]', '[]'],
    [
      'the root is compared',
      '{"a":1,"b":2}',
      '[{"op":"test","path":"","value":{"b":2,"a":1}}]',
      '{"a":1,"b":2}',
    ],
    ['the root takes a part of its own', '{"a":{"b":1}}', '[{"op":"move","from":"/a","path":""}]', '{"b":1}'],
    ['a part takes the root', '{"a":1}', '[{"op":"copy","from":"","path":"/b"}]', '{"a":1,"b":{"a":1}}'],
    ['add replaces what is there', '{"a":null}', '[{"op":"add","path":"/a","value":1}]', '{"a":1}'],
    ['an empty key is a key', '{"":{"":1}}', '[{"op":"replace","path":"//","value":2}]', '{"":{"":2}}'],
    [
      'null is a value',
      '{"a":null}',
      '[{"op":"test","path":"/a","value":null},{"op":"remove","path":"/a"}]',
      '{}',
    ],
    ['moved to where it is', '{"a":1,"b":2}', '[{"op":"move","from":"/a","path":"/a"}]', '{"a":1,"b":2}'],
    ['a list grows at its end', '[1]', '[{"op":"add","path":"/1","value":2}]', '[1,2]'],
    [
      'copies are apart',
      '{"a":{"x":1}}',
      '[{"op":"copy","from":"/a","path":"/b"},{"op":"replace","path":"/b/x","value":2}]',
      '{"a":{"x":1},"b":{"x":2}}',
    ],
    [
      'names that JavaScript has are keys like others',
      '{"__proto__":{"a":1}}',
      '[{"op":"replace","path":"/__proto__/a","value":2},{"op":"add","path":"/constructor","value":{}},{"op":"add","path":"/constructor/prototype","value":1}]',
      '{"__proto__":{"a":2},"constructor":{"prototype":1}}',
    ],
    [
      'numbers keep their digits',
      '{"n":9007199254740993,"f":1.10}',
      '[{"op":"copy","from":"/n","path":"/m"},{"op":"add","path":"/o","value":123456789012345678901234567890}]',
      '{"n":9007199254740993,"f":1.10,"m":9007199254740993,"o":123456789012345678901234567890}',
    ],
    [
      'numbers are compared by what they are worth',
      '{"a":[1.50,100,-0,0.001,1]}',
      '[{"op":"test","path":"/a","value":[15e-1,1E2,0,1e-3,1.0]}]',
      '{"a":[1.50,100,-0,0.001,1]}',
    ],
  ])('%s', (_what, document, patch, expected) => {
    expect(patched(document, patch)).toBe(expected);
  });

  test.each([
    ['{"a":1}', '[{"op":"remove","path":"/b"}]', '0: There is nothing at "/b".'],
    ['{"a":1}', '[{"op":"remove","path":""}]', '0: The whole document cannot be removed.'],
    ['{"a":1}', '[{"op":"remove","path":"/toString"}]', '0: There is nothing at "/toString".'],
    ['{"a":1}', '[{"op":"replace","path":"/b","value":1}]', '0: There is nothing at "/b".'],
    [
      '{"a":1}',
      '[{"op":"add","path":"/a/b","value":1}]',
      '0: What is at "/a" is neither an object nor a list.',
    ],
    ['{"a":[1]}', '[{"op":"add","path":"/a/2","value":1}]', '0: There is no place at "/a/2" in the list.'],
    [
      '{"a":[1,2]}',
      '[{"op":"add","path":"/a/01","value":1}]',
      '0: There is no place at "/a/01" in the list.',
    ],
    ['{"a":[1,2]}', '[{"op":"replace","path":"/a/1e0","value":1}]', '0: There is nothing at "/a/1e0".'],
    ['{"a":[1,2]}', '[{"op":"remove","path":"/a/-"}]', '0: There is nothing at "/a/-".'],
    ['{"a":[1,2]}', '[{"op":"test","path":"/a/length","value":2}]', '0: There is nothing at "/a/length".'],
    [
      '{"a":[1,2]}',
      '[{"op":"add","path":"/a/-1","value":2}]',
      '0: There is no place at "/a/-1" in the list.',
    ],
    [
      '{"a":{}}',
      '[{"op":"move","from":"/a","path":"/a/b"}]',
      '0: The value at "/a" cannot be moved into itself.',
    ],
    [
      '{"a":1}',
      '[{"op":"remove","path":"/a"},{"op":"copy","from":"/a","path":"/b"}]',
      '1: There is nothing at "/a".',
    ],
    [
      '{"a":9007199254740993}',
      '[{"op":"test","path":"/a","value":9007199254740992}]',
      '0: The value at "/a" is another one.',
    ],
    ['{"a":"1"}', '[{"op":"test","path":"/a","value":1}]', '0: The value at "/a" is another one.'],
    ['{"a":[1,2]}', '[{"op":"test","path":"/a","value":[1]}]', '0: The value at "/a" is another one.'],
    ['{"a":{"b":1}}', '[{"op":"test","path":"/a","value":{"c":1}}]', '0: The value at "/a" is another one.'],
  ])('%s cannot be changed by %s', (document, patch, message) => {
    expect(patched(document, patch)).toBe(message);
  });

  test.each([
    ['[1]', 'is no object.'],
    ['[{"op":"spam","path":"/a"}]', 'has no `op` that is add, remove, replace, move, copy or test.'],
    ['[{"op":5,"path":"/a"}]', 'has no `op` that is add, remove, replace, move, copy or test.'],
    ['[{"op":"remove"}]', 'has no `path` that is a JSON pointer, such as "/singer_state/bookmarks".'],
    [
      '[{"op":"remove","path":"a"}]',
      'has no `path` that is a JSON pointer, such as "/singer_state/bookmarks".',
    ],
    [
      '[{"op":"remove","path":"/a~2"}]',
      'has no `path` that is a JSON pointer, such as "/singer_state/bookmarks".',
    ],
    [
      '[{"op":"remove","path":0}]',
      'has no `path` that is a JSON pointer, such as "/singer_state/bookmarks".',
    ],
    ['[{"op":"add","path":"/a"}]', 'has no `value`, which add needs.'],
    ['[{"op":"copy","path":"/a","value":1}]', 'has no `from` that is a JSON pointer, which copy needs.'],
  ])('%s is no operation', (patch, message) => {
    expect(patched('{}', patch)).toBe(`invalid: ${message}`);
  });

  test('copies of copies come to an end', () => {
    const doubling = Array.from({ length: 40 }, (_, i) => `{"op":"copy","from":"","path":"/${i}"}`).join();
    expect(patched('{"x":1}', `[${doubling}]`, 10_000)).toContain('The copies are too large altogether.');
  });
});
