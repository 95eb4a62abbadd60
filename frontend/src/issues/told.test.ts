import { expect, test } from 'vitest';
import type { IssueClass, IssueEvent, WholeIssue } from './api';
import { actionWord, toldHistory } from './told';

const classes = [
  { code: '0102', name_zh: '暴露垃圾', name_en: 'Rubbish' },
  { code: '0110', name_zh: '积存渣土', name_en: 'Earth' },
] as IssueClass[];

function happened(action: string, details: IssueEvent['details'] = {}, more: Partial<IssueEvent> = {}) {
  return {
    action,
    details,
    from_state: '待处理',
    to_state: '待处理',
    actor: '李',
    at: '2026-03-02T08:00:00+08:00',
    note: '',
    to_name: null,
    from_name: null,
    ...more,
  };
}

test('a history says to whom, from which class to which, up to which level, until when and into which issue', () => {
  const issue = {
    class: '0102',
    level: 'town',
    candidates: [{ class: '0102', confidence: 0.9 }],
    events: [
      happened('report', { split_from: 3 }),
      happened('dispatch', { worker: 'w1' }, { to_name: '王' }),
      happened('silent', { from: 'w1', worker: 'w2' }, { from_name: '王', to_name: '赵' }),
      happened('transfer', { handler: 'bureau', metres: 35 }),
      happened('reclassify', { class: '0110' }),
      happened('reclassify', { class: '0102' }),
      happened('escalate'),
      happened('ask_extension', { until: '2026-03-05T18:00:00+08:00' }),
      happened('approve'),
      happened('late', { step: 'handle', due: '2026-03-04T18:00:00+08:00' }),
      happened('split', { into: 7 }),
      happened('merge', { into: 8 }),
    ],
  } as unknown as WholeIssue;
  const told = toldHistory(issue, classes, 'zh').map(({ word, facts, links }) =>
    [word, ...facts, ...links.map((link) => `${link.word} #${link.issue}`)].join(' '),
  );
  expect(told.slice(0, 7)).toEqual([
    '上报 拆自 #3',
    '派单 给 王',
    '未签收，改派 给 赵 原为 王',
    '转办 给 bureau 距事发地 35 m',
    '改类别 0102 暴露垃圾 → 0110 积存渣土',
    '改类别 0110 积存渣土 → 0102 暴露垃圾',
    '上报上级 到 镇（街道）',
  ]);
  expect(told[7]).toMatch(/^申请延期 申请延至 .*03.*05/);
  expect(told[8]).toMatch(/^同意延期 延至 .*03.*05/);
  expect(told[9]).toMatch(/^已超期 处理时限 .*03.*04/);
  expect(told.slice(10)).toEqual(['拆分 拆出 #7', '合并 并入 #8']);
});

test('what the page doesn’t know has a word too', () => {
  expect(actionWord('something_new', 'zh')).toBe('办理');
});
