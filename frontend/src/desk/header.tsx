/** The top of the desk: what it is, light or dark, language, keys, signing out. */
import type { Who } from '../api/client';
import type { Key } from '../i18n/catalogue';
import type { View } from '../url';

type Props = {
  who: Who;
  demo: boolean;
  view: View;
  change: (part: Partial<View>) => void;
  help: () => void;
  signOut: () => Promise<unknown>;
  t: (key: Key) => string;
};

export function Header({ who, demo, view, change, help, signOut, t }: Props) {
  return (
    <header>
      <h1>{t('dkTitle')}</h1>
      {demo && (
        <strong class="demo" title={t('demoWhy')}>
          {t('demo')}
        </strong>
      )}
      <nav aria-label={who.display_name}>
        <button
          type="button"
          class="tool"
          title={t('theme')}
          aria-label={t('theme')}
          onClick={() => change({ theme: view.theme === 'day' ? 'night' : 'day' })}
        >
          ◐
        </button>
        <button
          type="button"
          class="tool"
          onClick={() => change({ language: view.language === 'zh' ? 'en' : 'zh' })}
        >
          {view.language === 'zh' ? 'EN' : '中'}
        </button>
        <button type="button" class="tool" title={t('dkKeyHelp')} onClick={help}>
          ?
        </button>
        <button
          type="button"
          class="tool"
          title={t('signOut')}
          aria-label={t('signOut')}
          onClick={() => signOut().finally(() => location.reload())}
        >
          <svg viewBox="0 0 24 24" width="17" height="17" aria-hidden="true">
            <path d="M12 3v9 M7 6a8 8 0 1 0 10 0" />
          </svg>
        </button>
      </nav>
    </header>
  );
}
