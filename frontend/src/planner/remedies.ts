/** Remedies name options of the command line; on the page they name what can be pressed here. */
import { type Key, type Language, say } from '../i18n/catalogue';

/** An option, with what follows it where that belongs to it, and the control that stands for it. */
const CONTROLS: [RegExp, Key][] = [
  [/--allow [a-z-]+/g, 'plAccept'],
  [/--map [^\s=]+=[^\s，。；.,;（(]+/g, 'plStepMatch'],
  [/--set [^\s=]+=[^\s，。；.,;（(]+/g, 'plConstant'],
  [/--within (?:编码|CODE)|--within/g, 'plWithin'],
  [/--layer/g, 'plLayer'],
  [/--repair/g, 'plRepairShort'],
  [/--swap/g, 'plSwapShort'],
  [/--replace/g, 'plReplaceShort'],
];
const NAMED = /--(?:crs|encoding) (?=[A-Za-z0-9])/g; // a system or an encoding stands there by itself

export function inPlace(remedy: string, language: Language): string {
  const quoted = (key: Key) => (language === 'zh' ? `「${say(key, language)}」` : `“${say(key, language)}”`);
  const overruled = quoted(/撤销|take the import back/.test(remedy) ? 'plUndoAnyway' : 'plReplaceMany');
  let told = remedy
    .replace(/[（(]gridtwin import undo (\d+)[）)]/g, `（${say('plHistory', language)} #$1）`)
    .replace(/[（(]gridtwin import [a-z]+[）)]/g, '')
    .replace(NAMED, '')
    .replace(/--yes/g, overruled)
    .replace(/--crs/g, quoted('plCrs'))
    .replace(/--encoding/g, quoted('plEncoding'));
  for (const [option, key] of CONTROLS) told = told.replace(option, quoted(key));
  return told.replace(/ ?([「」]) ?/g, '$1');
}
