import { expect, test } from 'vitest';
import { catalogue, say } from './catalogue';

test('every key has words in both languages', () => {
  for (const [key, [zh, en]] of Object.entries(catalogue)) {
    expect(zh.trim(), key).not.toBe('');
    expect(en.trim(), key).not.toBe('');
  }
  expect(say('language', 'en')).toBe('中文');
});
