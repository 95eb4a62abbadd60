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
  useEffect(() => pressed.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [units]);

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
                  {/^\d+$/.test(unit.unit) ? `${unit.unit} ${t('unit')}` : unit.unit || '—'}
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
