/** What the audit's codes say: `account.add` is 新增账号. What is not known here stays as it is written. */
import type { Language } from '../i18n/catalogue';

const THINGS: Record<string, [zh: string, en: string]> = {
  account: ['账号', 'account'],
  audit: ['审计记录', 'audit'],
  device: ['手机', 'phone'],
  duty: ['值班', 'duty'],
  import: ['导入', 'import'],
  'issue.caller': ['来电人信息', "caller's name and telephone"],
  'issue.class': ['事件类别', 'class of issues'],
  'issue.limit': ['办理时限', 'time limit'],
  'issue.rules': ['事件规则', 'rules of issues'],
  'issue.webhook': ['事件回调', 'webhook'],
  key: ['接口密钥', 'API key'],
  near: ['附近人员', 'who is near'],
  people: ['网格人员', 'people of the grid'],
  target: ['巡查点', 'patrol target'],
  replay: ['历史回放', 'replay'],
  session: ['会话', 'session'],
  track: ['轨迹', 'track'],
  wall: ['大屏', 'wall'],
  zone: ['区域', 'zone'],
};

const VERBS: Record<string, [zh: string, en: string]> = {
  add: ['新增', 'added'],
  bind: ['绑定统一身份', 'bound to an identity'],
  added: ['新增', 'added'],
  change: ['修改', 'changed'],
  close: ['退出', 'closed'],
  code: ['生成登记码', 'code for enrolment made'],
  delete: ['删除', 'deleted'],
  enrol: ['登记', 'enrolled'],
  export: ['导出', 'exported'],
  hours: ['设置时段', 'hours set'],
  import: ['导入', 'imported'],
  link: ['生成链接', 'link made'],
  open: ['登录', 'opened'],
  password: ['修改密码', 'password changed'],
  register: ['注册', 'registered'],
  read: ['查看', 'read'],
  remove: ['删除', 'removed'],
  removed: ['删除', 'removed'],
  revoke: ['吊销', 'revoked'],
  set: ['设置', 'set'],
  store: ['写入', 'stored'],
  show: ['推送画面', 'given a view to show'],
  undo: ['撤销', 'taken back'],
};

/** An act in words. */
export function sayAct(code: string, language: Language): string {
  const cut = code.lastIndexOf('.');
  const thing = THINGS[code.slice(0, cut)];
  const verb = VERBS[code.slice(cut + 1)];
  if (!thing || !verb) return code;
  return language === 'zh' ? `${thing[0]} · ${verb[0]}` : `${thing[1]}: ${verb[1]}`;
}
