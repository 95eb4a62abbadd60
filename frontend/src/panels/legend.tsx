/** What the signs mean: of the layers that are shown, in the colours of the theme. */
import type { ComponentChildren } from 'preact';
import type { Twin } from '../api/client';
import type { Key } from '../i18n/catalogue';
import { PATHS } from '../map/pictograms';
import { group } from '../map/style/facilities';
import { type Theme, themes } from '../map/style/theme';
import type { View } from '../url';
import { LegendOfIssues, LegendOfWorkers } from './legend_live';

type Props = { t: (key: Key) => string; view: View; twin: Twin };

const USES: Key[] = [
  'residential',
  'commercial',
  'office',
  'school',
  'hospital',
  'industrial',
  'public',
  'village',
];
const GROUND: [name: Key, kind: string][] = [
  ['water', 'water'],
  ['greenery', 'park'],
  ['wood', 'wood'],
  ['farmland', 'farmland'],
  ['schoolyard', 'school'],
  ['works', 'industrial'],
];
const STREETS: [name: Key, kind: 'expressway' | 'arterial' | 'secondary' | 'local', height: number][] = [
  ['expressway', 'expressway', 6],
  ['arterial', 'arterial', 5],
  ['secondary', 'secondary', 4],
  ['local_', 'local', 3],
];

function Row({ children, name }: { children: ComponentChildren; name: string }) {
  return (
    <li>
      <svg width="22" height="14" viewBox="0 0 22 14" aria-hidden="true">
        {children}
      </svg>
      {name}
    </li>
  );
}

/** A line as the map draws it: one stroke, or a double one. */
function Stroke({ colour, width, core }: { colour: string; width: number; core?: string }) {
  return (
    <>
      <path d="M1 7h20" stroke={colour} stroke-width={width} />
      {core && <path d="M1 7h20" stroke={core} stroke-width={width * 0.36} />}
    </>
  );
}

/** A category's pictogram on its disc, as on the map. */
export function Pictogram({ category, theme }: { category: string; theme: Theme }) {
  return (
    <svg width="18" height="18" viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="12" r="12" fill={theme.facility[group(category)]} />
      <path
        d={PATHS[category] ?? PATHS.other}
        transform="translate(4.4 4.4) scale(0.633)"
        fill="none"
        stroke={theme.facilityInk}
        stroke-width="2.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

export function Legend({ t, view, twin }: Props) {
  const theme = themes[view.theme];
  const shown = (name: string) => !view.hidden.includes(name);
  const tints = theme.grids.slice(0, 4);
  return (
    <div class="legend">
      {(shown('areas') || shown('grids')) && (
        <section>
          <h4>{t('legendAreas')}</h4>
          <ul>
            {shown('areas') && (
              <>
                <Row name={t('legendWide')}>
                  <Stroke colour={theme.area.wide} width={6} core={theme.areaHalo} />
                </Row>
                <Row name={t('legendTown')}>
                  <Stroke colour={theme.area.street} width={4.4} core={theme.areaHalo} />
                </Row>
                <Row name={t('legendCommunity')}>
                  <Stroke colour={theme.area.community} width={2} />
                </Row>
              </>
            )}
            {shown('grids') && (
              <Row name={t('legendGrid')}>
                {tints.map((tint, i) => (
                  <rect key={tint} x={i * 5.5} width="5.5" height="14" fill={tint} fill-opacity="0.34" />
                ))}
                <path d="M11 0v14" stroke={theme.gridLine} stroke-width="1.2" />
              </Row>
            )}
          </ul>
        </section>
      )}
      {shown('workers') && <LegendOfWorkers t={t} theme={view.theme} />}
      {shown('issues') && <LegendOfIssues t={t} language={view.language} />}
      {shown('buildings') && (
        <section>
          <h4>{t('legendUses')}</h4>
          <ul class="two">
            {USES.map((use) => (
              <Row key={use} name={t(use)}>
                <rect
                  x="1"
                  y="0.5"
                  width="18"
                  height="13"
                  rx="2"
                  fill={theme.building[use] ?? theme.buildingOther}
                  stroke={theme.buildingLine}
                />
              </Row>
            ))}
          </ul>
        </section>
      )}
      {shown('facilities') && (
        <section>
          <h4>{t('facilities')}</h4>
          <ul class="two">
            {twin.facility_categories
              .filter(({ code }) => code !== 'other')
              .map((category) => (
                <li key={category.code}>
                  <Pictogram category={category.code} theme={theme} />
                  {view.language === 'zh' ? category.name_zh : category.name_en}
                </li>
              ))}
          </ul>
        </section>
      )}
      {shown('streets') && (
        <section>
          <h4>{t('legendStreets')}</h4>
          <ul>
            {STREETS.map(([name, kind, height]) => (
              <Row key={kind} name={t(name)}>
                <Stroke
                  colour={
                    kind === 'local' || kind === 'secondary' ? theme.streetCasing : theme.streetCasingMajor
                  }
                  width={height + 2}
                />
                <Stroke colour={theme.streets[kind]} width={height} />
              </Row>
            ))}
          </ul>
        </section>
      )}
      {shown('ground') && !view.background && (
        <section>
          <h4>{t('legendGround')}</h4>
          <ul class="two">
            {GROUND.map(([name, kind]) => (
              <Row key={name} name={t(name)}>
                <rect
                  x="0.5"
                  y="0.5"
                  width="21"
                  height="13"
                  fill={theme.ground[kind]}
                  stroke={theme.streetCasing}
                />
              </Row>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
