/** A building's households as a matrix: a column for each stairwell, a row for each floor. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Households, Problem, type Room, type Service } from '../api/client';
import type { Key } from '../i18n/catalogue';

type Props = {
  api: Service;
  t: (key: Key) => string;
  building: string;
  /** The id of the household that is chosen. */
  room: string | undefined;
  choose: (room: string) => void;
};

/** 1 and 1单元 as the language says it; other names as they are. */
function stairwell(name: string, t: Props['t']): string {
  const number = /^(\d+)(单元)?$/.exec(name)?.[1];
  return number ? `${number} ${t('unit')}` : name || '—';
}

export function HouseholdMatrix({ api, t, building, room: wanted, choose }: Props) {
  const [units, setUnits] = useState<Households['units']>();
  const [problem, setProblem] = useState<Key>();
  const chosen: Room | undefined = units
    ?.flatMap((unit) => unit.floors.flatMap((floor) => floor.rooms))
    .find((room) => String(room.id) === wanted);

  useEffect(() => {
    const given = new AbortController();
    api.households(building, given.signal).then(
      (answer) => setUnits(answer.units),
      (error: unknown) => {
        if (error instanceof Problem && error.status === 403) setProblem('noRight');
      },
    );
    return () => given.abort();
  }, [api, building]);

  const pressed = useRef<HTMLButtonElement>(null);
  // the matrix alone is moved: scrollIntoView would move the card, its title and its cross away
  useEffect(() => {
    const [button, scroll] = [pressed.current, pressed.current?.closest('.scroll')];
    if (!button || !scroll) return;
    const [of, within] = [button.getBoundingClientRect(), scroll.getBoundingClientRect()];
    scroll.scrollBy(of.left - within.left - within.width / 2, of.top - within.top - within.height / 2);
  }, [units]);

  if (problem) return <p class="soft">{t(problem)}</p>;
  if (!units) return null;
  if (!units.length) return <p class="soft">{t('noHouseholds')}</p>;
  const floors = [...new Set(units.flatMap((unit) => unit.floors.map((floor) => floor.floor)))].sort(
    (a, b) => Number(b) - Number(a),
  );
  return (
    <section class="households" aria-label={t('households')}>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{t('floor')}</th>
              {units.map((unit) => (
                <th scope="col" key={unit.unit}>
                  {stairwell(unit.unit, t)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {floors.map((floor) => (
              <tr key={floor}>
                <th scope="row">{floor || '—'}</th>
                {units.map((unit) => (
                  <td key={unit.unit}>
                    {unit.floors
                      .find((one) => one.floor === floor)
                      ?.rooms.map((room) => (
                        <button
                          type="button"
                          key={room.id}
                          title={room.text}
                          ref={chosen?.id === room.id ? pressed : null}
                          aria-pressed={chosen?.id === room.id}
                          onClick={() => choose(String(room.id))}
                        >
                          {room.room || '·'}
                        </button>
                      ))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {chosen && (
        <p class="address" aria-live="polite">
          {chosen.text}
          {chosen.residents === null ? '' : ` · ${chosen.residents} ${t('people')}`}
        </p>
      )}
    </section>
  );
}
