/** A building from the ground up: its facts, its floors, the households of a floor. */
import type { BuildingCard, Households, Room } from '../api/client';
import { sayValue } from '../i18n/catalogue';
import type { Here } from './context';
import { Number_, Panel } from './panel';
import { type Told, useTold } from './sources';

export function BuildingPanel({ here, told }: { here: Here; told: Told<BuildingCard> }) {
  const { place, say, language } = here;
  const rooms = useTold<Households>(place && `/api/buildings/${place.id}/households`, language, 5 * 60_000);
  const card = told.value;
  const floors = floorsOf(rooms.value);
  const shown = floors.filter(([floor]) => !place?.floor || floor === place.floor);
  const at = (floor: string, room?: Room) =>
    place && here.go({ kind: 'building', id: place.id, floor, ...(room ? { household: room.id } : {}) });
  const chosen = floors.flatMap(([, list]) => list).find((room) => room.id === place?.household);
  return (
    <Panel
      here={here}
      name="building"
      title={card?.name ?? say('building')}
      about={card?.estate ?? undefined}
      told={told}
    >
      {card && (
        <>
          <div class="wl-figures">
            {card.residents !== null && (
              <Number_
                here={here}
                field="residents"
                label={say('wlResidents')}
                value={card.residents}
                kind="wide"
              />
            )}
            {card.households !== null && (
              <Number_ here={here} field="households" label={say('wlHouseholds')} value={card.households} />
            )}
            {card.levels !== null && (
              <Number_ here={here} field="levels" label={say('wlLevels')} value={card.levels} />
            )}
            {card.use && (
              <Number_
                here={here}
                field="use"
                label={say('wlUse')}
                value={sayValue(card.use, language)}
                kind="word"
              />
            )}
          </div>
          {rooms.refused && <p class="wl-none">{rooms.refused.message}</p>}
          {chosen && (
            <p class="wl-household" aria-live="polite">
              {chosen.text}
              {chosen.residents !== null && <b>{`${chosen.residents} ${say('people')}`}</b>}
            </p>
          )}
          <section class="wl-floors" aria-label={say('wlHouseholds')}>
            <table>
              <tbody>
                {shown.map(([floor, list]) => (
                  <tr key={floor}>
                    <th scope="row">
                      <button type="button" aria-pressed={place?.floor === floor} onClick={() => at(floor)}>
                        {say('wlFloor', { n: floor || '–' })}
                      </button>
                    </th>
                    <td>
                      {list.map((room) => (
                        <button
                          type="button"
                          key={room.id}
                          title={room.text}
                          aria-pressed={room.id === place?.household}
                          onClick={() => at(floor, room)}
                        >
                          {room.room || '·'}
                        </button>
                      ))}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </Panel>
  );
}

/** Floors from the top, each with the rooms of all stairwells. */
function floorsOf(households: Households | undefined): [string, Room[]][] {
  const found = new Map<string, Room[]>();
  for (const unit of households?.units ?? [])
    for (const { floor, rooms } of unit.floors) found.set(floor, [...(found.get(floor) ?? []), ...rooms]);
  return [...found].sort(([a], [b]) => Number(b) - Number(a));
}
