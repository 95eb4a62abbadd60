import { describe, expect, it } from 'vitest';
import { inPlace } from './remedies';

describe('remedies on the page', () => {
  it('name what can be pressed', () => {
    expect(inPlace('修改共同边界，使其不重叠；若确实如此，用 --allow overlap。', 'zh')).toBe(
      '修改共同边界，使其不重叠；若确实如此，用「就是如此，接受」。',
    );
    expect(inPlace('用 --encoding 指定读起来通顺的一种，如 --encoding GB18030。', 'zh')).toBe(
      '用「文字编码」指定读起来通顺的一种，如 GB18030。',
    );
    expect(inPlace('It could be: --crs EPSG:4548 (eastings); --crs GCJ-02 (degrees).', 'en')).toBe(
      'It could be: EPSG:4548 (eastings); GCJ-02 (degrees).',
    );
    expect(inPlace('先导入社区或村（gridtwin import areas），网格应归属社区或村。', 'zh')).toBe(
      '先导入社区或村，网格应归属社区或村。',
    );
    expect(inPlace('核对这些行；仍要撤销则用 --yes。', 'zh')).toBe('核对这些行；仍要撤销则用「仍要撤销」。');
  });

  it('leave no option of the command line', () => {
    const told = inPlace(
      'Name its column with --map code=column (the columns are a, b), or give one value for all rows with --set code=value.',
      'en',
    );
    expect(told).toBe(
      'Name its column with “Fields” (the columns are a, b), or give one value for all rows with “one value…”.',
    );
  });
});
