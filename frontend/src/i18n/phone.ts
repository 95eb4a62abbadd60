/** Words of the worker's phone. */
export const phone = {
  phoneTitle: ['网格员', 'Grid worker'],
  openInBrowser: ['在浏览器打开', 'Open in a browser'],
  openInBrowserHow: [
    '微信等应用内的页面不能持续定位。请点右上角“…”，选择“在浏览器打开”。二维码没有用掉。',
    'Pages inside WeChat and the like can’t follow your position. Choose “Open in browser” from the “…” menu. The code has not been used.',
  ],
  notEnrolled: [
    '这部手机还没有开通。请扫描站长或管理员出示的二维码。',
    'This phone is not enrolled yet. Scan the QR code that the station head or the administrator shows you.',
  ],
  isThisYou: ['这是您本人吗？', 'Is this you?'],
  howToSend: ['用什么上报位置', 'What sends your position'],
  enrolThis: ['确认开通', 'Enrol this phone'],
  appReady: ['设置已生成', 'The settings are ready'],
  appHow: [
    '先安装应用，再点下面的按钮；打不开时请逐项填写。',
    'Install the app first, then use the button; type the settings if it does not open.',
  ],
  onDuty: ['在岗', 'On duty'],
  offDuty: ['未在岗', 'Off duty'],
  goOnDuty: ['开始上班', 'Go on duty'],
  goOffDuty: ['结束上班', 'Go off duty'],
  dutyUntil: ['自动结束于', 'Ends by itself at'],
  dutyHow: ['只在岗时上报位置；不在岗时不采集。', 'Your position is taken on duty only.'],
  sending: ['正在上报位置，请保持本页打开', 'Sending your position; keep this page open'],
  waitingForPosition: ['正在定位…', 'Finding your position…'],
  sentCount: ['已上报', 'Sent'],
  noPosition: ['无法定位，请允许本页使用位置', 'No position: allow this page to use it'],
  phoneRevoked: ['这部手机已被停用。', 'This phone has been revoked.'],
  unsent: ['待上报', 'Waiting to be sent'],
} as const satisfies Record<string, readonly [zh: string, en: string]>;
