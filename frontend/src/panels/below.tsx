/** The way down: what lies below an area or a grid, to click on. */
import { useEffect, useState } from 'preact/hooks';
import type { BuildingRow, Service } from '../api/client';
import type { Key } from '../i18n/catalogue';
import type { Selection } from '../url';

type Props = { api: Service; t: (key: Key) => string; select: (selection: Selection) => void };
type Child = { key: string; name: string; note: string; selection: Selection };
type Group = { title: string; children: Child[]; open?: Selection; shape?: 'wide' | 'one' };

/** Asks once, and again when the question changes; nothing while there is no answer. */
function useGroups(ask: (signal: AbortSignal) => Promise<Group[]>, question: string): Group[] | undefined {
  const [groups, setGroups] = useState<Group[]>();
  useEffect(() => {
    const given = new AbortController();
    ask(given.signal).then(setGroups, () => undefined);
    return () => given.abort();
  }, [question]);
  return groups;
}

function List({ groups, select }: { groups: Group[] | undefined; select: Props['select'] }) {
  return (
    <>
      {groups
        ?.filter((group) => group.children.length)
        .map((group) => (
          <section class="below" key={group.title}>
            <h3>
              {group.open ? (
                <button type="button" class="link" onClick={() => group.open && select(group.open)}>
                  {group.title}
                </button>
              ) : (
                group.title
              )}
              <small>{group.children.length}</small>
            </h3>
            <ul class={group.shape ?? ''}>
              {group.children.map((child) => (
                <li key={child.key}>
                  <button type="button" class="link" onClick={() => select(child.selection)}>
                    {child.name}
                  </button>
                  {child.note && <small title={child.note}>{child.note}</small>}
                </li>
              ))}
            </ul>
          </section>
        ))}
    </>
  );
}

/** Communities below a street, or grids below a community. */
export function BelowArea({ api, t, select, code, kind }: Props & { code: string; kind: string }) {
  const groups = useGroups(async (signal) => {
    const [{ parts }, { grids }] = await Promise.all([
      api.partsOf(code, signal),
      api.gridsOf(code, kind, signal),
    ]);
    const areas = parts.map((area): Child => {
      const selection: Selection = { kind: 'area', id: area.code };
      return { key: area.code, name: area.name, note: households(area.households, t), selection };
    });
    const below = grids.map((grid): Child => {
      const selection: Selection = { kind: 'grid', id: String(grid.id) };
      const note = [grid.worker?.name, households(grid.households, t)].filter(Boolean).join(' · ');
      return { key: grid.code, name: grid.name, note, selection };
    });
    // where there are areas below, their grids come with them; grids of other kinds lie under the street itself
    const grouped: Group[] = [{ title: t('childAreas'), children: areas, shape: 'wide' }];
    if (!parts.length || kind !== 'community') {
      grouped.push({ title: t('childGrids'), children: below, shape: 'one' });
    }
    return grouped;
  }, `${code} ${kind}`);
  return <List groups={groups} select={select} />;
}

function households(count: number | null, t: Props['t']): string {
  return count ? `${count} ${t('households_')}` : '';
}

/** 2号楼 before 10号楼. */
const byNumber = new Intl.Collator('zh-CN', { numeric: true }).compare;

/** Buildings as children; within their estate the estate's name is left out. */
export function buildingChildren(rows: BuildingRow[], t: Props['t'], estate: string | null): Child[] {
  const sorted = [...rows].sort((a, b) => byNumber(a.name ?? '', b.name ?? ''));
  return sorted.map((row) => {
    const whole = row.name ?? `${t('building')} ${row.id}`;
    const name = estate && whole.startsWith(estate) && whole !== estate ? whole.slice(estate.length) : whole;
    const note = households(row.households, t);
    return { key: String(row.id), name, note, selection: { kind: 'building', id: String(row.id) } };
  });
}

/** Buildings of a grid, estate by estate. */
export function BelowGrid({ api, t, select, grid }: Props & { grid: string }) {
  const groups = useGroups(async (signal) => {
    const { buildings } = await api.buildingsOf(grid, signal);
    // what belongs to no estate comes last
    const estates = [...new Set(buildings.map((row) => row.estate))].sort((a, b) =>
      byNumber(a ?? '龥', b ?? '龥'),
    );
    return estates.map((estate) => {
      const rows = buildings.filter((row) => row.estate === estate);
      const open: Selection | undefined = estate ? { kind: 'estate', id: String(rows[0]?.id) } : undefined;
      return {
        title: estate ?? t('noEstate'),
        children: buildingChildren(rows, t, estate),
        ...(open ? { open } : {}),
      };
    });
  }, grid);
  return <List groups={groups} select={select} />;
}

/** Buildings of an estate that is already known. */
export function BelowEstate({
  t,
  select,
  name,
  buildings,
}: Omit<Props, 'api'> & { name: string; buildings: BuildingRow[] }) {
  return (
    <List
      groups={[{ title: t('childBuildings'), children: buildingChildren(buildings, t, name) }]}
      select={select}
    />
  );
}
