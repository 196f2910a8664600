import { expect, test } from 'vitest';
import { metricOf } from '../../../src/runner/output/metric.ts';

test.each<[unknown, unknown]>([
  [null, null],
  [{ type: 'timer', metric: 'm', value: '1' }, null],
  [{ type: 'timer', metric: 1, value: 1 }, null],
  [{ metric: 'm', value: 1 }, null],
  [{ type: 'timer', metric: 'm', value: NaN }, null],
  [
    { type: 't\0', metric: 'm\0', value: 1.5, tags: { stream: 5, x: 'y\0' } },
    { type: 't\uFFFD', metric: 'm\uFFFD', value: 1.5, stream: null, tags: { stream: 5, x: 'y\uFFFD' } },
  ],
  [
    { type: 't', metric: 'm', value: 0, tags: 'x' },
    { type: 't', metric: 'm', value: 0, stream: null, tags: {} },
  ],
])('the metric %j is read as %j', (info, expected) => {
  expect(metricOf('METRIC: {}', info)).toEqual(expected);
});

test('a metric in a text begins a word', () => {
  const json = '{"type": "t", "metric": "m", "value": 1}';
  const found = [
    `METRIC: ${json}`,
    `a METRIC: ${json}`,
    `aMETRIC: ${json}`,
    `METRIC:  ${json}`,
    `METRIC: x${json}`,
  ];
  expect(found.map((text) => metricOf(text, undefined) !== null)).toEqual([true, true, false, false, false]);
  expect(metricOf(`{"a": 1} METRIC: ${json}`, undefined)?.value).toBe(1);
});
