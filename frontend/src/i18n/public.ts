/** The words of the public view. */
export const open = {
  puTitle: ['公众版地图', 'Public map'],
  puNone: ['本单位没有开放公众版地图。', 'No public map is open here.'],
  puApproval: ['审图号', 'Map approval no.'],
  puSource: ['来源', 'Source'],
  puWord: [
    '图上位置已按本单位设置的偏移显示，不含人员、住户与事件。审图号、来源和偏移由本单位填写，系统不作核验；填写并不使地图可以公开发布。',
    'Places are drawn with the offset that the operator set; people, households and issues are not shown. Approval number, source and offset are as the operator set them; they are not checked, and do not make it lawful to publish this map.',
  ],
} as const satisfies Record<string, readonly [zh: string, en: string]>;
