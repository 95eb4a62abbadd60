/** The rules of issues: classes, time limits and who is told, one part at a time, named in the address. */
import type { JSX } from 'preact';
import type { Key } from '../i18n/catalogue';
import { Classes } from './classes';
import { Limits } from './limits';
import type { Section } from './parts';
import { Webhooks } from './webhooks';

const PARTS: { name: string; title: Key; show: (section: Section) => JSX.Element }[] = [
  { name: 'classes', title: 'ruClasses', show: Classes },
  { name: 'limits', title: 'ruLimits', show: Limits },
  { name: 'webhooks', title: 'ruWebhooks', show: Webhooks },
];

export function Rules(section: Section) {
  const [, asked] = location.hash.split('/');
  const current = PARTS.find((part) => part.name === asked) ?? PARTS[0];
  if (!current) return null;
  return (
    <>
      <nav class="parts" aria-label={section.t('issueRules')}>
        {PARTS.map((part) => (
          <a
            key={part.name}
            href={`#issueRules/${part.name}`}
            aria-current={part === current ? 'true' : undefined}
          >
            {section.t(part.title)}
          </a>
        ))}
      </nav>
      <current.show key={current.name} {...section} />
    </>
  );
}
