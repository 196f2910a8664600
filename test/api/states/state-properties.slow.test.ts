import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergeJson } from '../../../src/lib/merge-json.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { documentOf, singerDocument, textOf, type Marked } from '../../kit/data/state-documents.ts';
import { call } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

/** A state as it should be: its documents of all versions, the oldest first. */
interface Expected {
  versions: { completed: Marked; partial: Marked }[];
  isCleared: boolean;
}

type Step =
  | { verb: 'setState' | 'mergeState'; to: string; document: Marked }
  | { verb: 'mergeFrom' | 'copyState' | 'moveState'; from: string; to: string }
  | { verb: 'clearState'; to: string }
  | { verb: 'restoreState'; to: string; version: number };

const names = fc.constantFrom('x', 'y', 'z');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ verb: fc.constantFrom('setState', 'mergeState'), to: names, document: singerDocument }),
  fc.record({ verb: fc.constantFrom('mergeFrom', 'copyState', 'moveState'), from: names, to: names }),
  fc.record({ verb: fc.constant('clearState' as const), to: names }),
  fc.record({ verb: fc.constant('restoreState' as const), to: names, version: fc.nat({ max: 4 }) }),
);

/** What a step does to the states; false when it has to be refused. */
function expectStep(states: Map<string, Expected>, one: Step): boolean {
  const newest = (name: string) => {
    const state = states.get(name);
    return state && !state.isCleared ? state.versions.at(-1) : undefined;
  };
  const write = (name: string, completed: Marked, partial: Marked, isCleared = false): void => {
    const versions = [...(states.get(name)?.versions ?? []), { completed, partial }];
    states.set(name, { versions, isCleared });
  };
  const merged = (name: string): Marked | undefined => {
    const found = newest(name);
    const document = found && (mergeJson(found.completed, found.partial) as Record<string, Marked>);
    return document && Object.hasOwn(document, 'singer_state') ? document : undefined;
  };
  const mergeInto = (name: string, document: Marked): void => {
    const { completed = {}, partial = {} } = newest(name) ?? {};
    write(name, completed, mergeJson(partial, document) as Marked);
  };
  switch (one.verb) {
    case 'setState':
      write(one.to, one.document, {});
      return true;
    case 'mergeState':
      mergeInto(one.to, one.document);
      return true;
    case 'mergeFrom': {
      const document = merged(one.from);
      if (document === undefined) return false;
      mergeInto(one.to, document);
      return true;
    }
    case 'copyState':
    case 'moveState': {
      const document = merged(one.from);
      if (document === undefined || one.from === one.to) return false;
      write(one.to, document, {});
      // A move is a copy, and the source cleared.
      if (one.verb === 'moveState') write(one.from, {}, {}, true);
      return true;
    }
    case 'clearState':
      if (!newest(one.to)) return false;
      write(one.to, {}, {}, true);
      return true;
    case 'restoreState': {
      const version = newest(one.to) && states.get(one.to)?.versions[one.version - 1];
      if (!version) return false;
      write(one.to, version.completed, version.partial);
      return true;
    }
  }
}

const given = (one: Step) => ({ text: 'document' in one ? textOf(one.document) : '' });

async function take(one: Step, at: (name: string) => string): Promise<boolean> {
  const path = (name: string): string => `desk/dev/${at(name)}`;
  const place = { environment: 'desk/dev', stateId: at(one.to) };
  const inputs: Record<Step['verb'], () => object> = {
    setState: () => ({ ...place, document: given(one) }),
    mergeState: () => ({ ...place, source: { document: given(one) } }),
    mergeFrom: () => ({ ...place, source: { state: 'from' in one ? path(one.from) : '' } }),
    copyState: () => ({ state: 'from' in one ? path(one.from) : '', to: { stateId: at(one.to) } }),
    moveState: () => ({ state: 'from' in one ? path(one.from) : '', to: { stateId: at(one.to) } }),
    clearState: () => ({ state: path(one.to) }),
    restoreState: () => ({ state: path(one.to), version: 'version' in one ? one.version : 0 }),
  };
  const verb = one.verb === 'mergeFrom' ? 'mergeState' : one.verb;
  const answer = await call<object>(app, verb, inputs[one.verb](), 'state { id }');
  return answer.__typename.endsWith('Success');
}

/** What the store holds of the states whose ids begin so. */
async function stored(prefix: string): Promise<Map<string, Expected>> {
  const rows = await app.app.store.prisma.$queryRaw<
    {
      name: string;
      isCleared: boolean;
      isNewest: boolean;
      completed: string;
      partial: string;
      version: number;
    }[]
  >`
    SELECT s."stateId" AS name, s."deletedAt" IS NOT NULL AS "isCleared", v.version,
      s.version = v.version AND s.completed::text = v.completed::text
        AND s.partial::text = v.partial::text AS "isNewest",
      v.completed::text AS completed, v.partial::text AS partial
    FROM "State" AS s JOIN "StateVersion" AS v ON v."stateRowId" = s.id
    WHERE s."stateId" LIKE ${`${prefix}-%`} ORDER BY s."stateId", v.version`;
  const states = new Map<string, Expected>();
  for (const row of rows) {
    const name = row.name.slice(prefix.length + 1);
    const state = states.get(name) ?? { versions: [], isCleared: row.isCleared };
    states.set(name, state);
    state.versions.push({ completed: documentOf(row.completed), partial: documentOf(row.partial) });
    expect(row.version).toBe(state.versions.length);
    // The state itself is its newest version.
    const isLast = rows.filter((other) => other.name === row.name).at(-1) === row;
    expect(row.isNewest || !isLast).toBe(true);
  }
  return states;
}

test('any sequence of the verbs leaves what it should, with every version and every digit', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      run += 1;
      const prefix = `run${run}`;
      const expected = new Map<string, Expected>();
      for (const one of steps) {
        expect(await take(one, (name) => `${prefix}-${name}`)).toBe(expectStep(expected, one));
      }
      const sorted = new Map([...expected].sort(([a], [b]) => (a < b ? -1 : 1)));
      expect(await stored(prefix)).toEqual(sorted);
    }),
    { numRuns: 60, interruptAfterTimeLimit: 60_000 },
  );
});

test('what is merged twice is merged once, and a copy reads as its source', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(singerDocument, singerDocument, async (first, second) => {
      run += 1;
      const at = (name: string): string => `law${run}-${name}`;
      await take({ verb: 'setState', to: 'a', document: first }, at);
      await take({ verb: 'mergeState', to: 'a', document: second }, at);
      const once = (await stored(`law${run}`)).get('a')?.versions.at(-1);
      await take({ verb: 'mergeState', to: 'a', document: second }, at);
      expect((await stored(`law${run}`)).get('a')?.versions.at(-1)).toEqual(once);
      await take({ verb: 'copyState', from: 'a', to: 'b' }, at);
      const copy = (await stored(`law${run}`)).get('b')?.versions.at(-1);
      expect(copy).toEqual({ completed: mergeJson(once?.completed, once?.partial), partial: {} });
    }),
    { numRuns: 20, interruptAfterTimeLimit: 60_000 },
  );
});
