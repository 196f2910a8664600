import { describe, expect, test } from 'vitest';
import { Budget } from '../../src/lib/serving/budget.ts';
import { Queue } from '../../src/lib/serving/queue.ts';

test('a budget gives out no more than there is', () => {
  const budget = new Budget(10);
  expect([budget.take(6), budget.take(5), budget.take(4), budget.take(1)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  budget.giveBack(6);
  expect([budget.take(7), budget.take(6)]).toEqual([false, true]);
});

describe('a queue', () => {
  test('lets so many in, the others in order when one leaves, and turns away those beyond', async () => {
    const queue = new Queue(2, 2);
    const entered: string[] = [];
    const enter = async (name: string): Promise<() => void> => {
      const leave = await queue.enter();
      entered.push(leave === null ? `not ${name}` : name);
      return leave ?? (() => undefined);
    };
    const [leaveA] = await Promise.all([enter('a'), enter('b')]);
    const [c, d] = [enter('c'), enter('d')];
    await enter('e');
    expect(entered).toEqual(['a', 'b', 'not e']);
    leaveA();
    const leaveC = await c;
    leaveC();
    const leaveD = await d;
    expect(entered).toEqual(['a', 'b', 'not e', 'c', 'd']);
    leaveD();
    await enter('f');
    expect(entered.at(-1)).toBe('f');
  });
});
