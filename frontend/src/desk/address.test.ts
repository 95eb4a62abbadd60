import { expect, test } from 'vitest';
import { asked, initialFilter, readDesk, writeDesk } from './address';

test('an issue and a filter survive the address bar, and nonsense is left out', () => {
  const filter = {
    ...initialFilter,
    states: ['已归档' as const],
    class: '01',
    overdue: true,
    unsure: false,
    words: '楼道 & #1',
  };
  expect(readDesk(writeDesk(17, filter))).toEqual({ issue: 17, filter });
  expect(writeDesk(undefined, initialFilter)).toBe('');
  expect(readDesk('?issue=-1&state=新&class=x')).toEqual({ filter: initialFilter });
});

test('a filter asks for what it says', () => {
  const query = asked({ ...initialFilter, inView: true, words: ' 路灯 ' }, [118, 36, 119, 37], 100);
  expect(query.get('state')).toBe('待处理,待核查,待评价');
  expect([query.get('q'), query.get('bbox')]).toEqual(['路灯', '118.000000,36.000000,119.000000,37.000000']);
});
