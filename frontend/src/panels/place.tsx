/** A place in every coordinate system, to copy, and the standard address that is nearest to it. */
import { useEffect, useState } from 'preact/hooks';
import type { NearAddress, Position, Service } from '../api/client';
import type { Key } from '../i18n/catalogue';
import type { LonLat, Selection } from '../url';
import { SYSTEMS, sayPosition } from './readout';

type Props = { api: Service; t: (key: Key) => string; at: LonLat; select: (selection?: Selection) => void };

export function Place({ api, t, at, select }: Props) {
  const [positions, setPositions] = useState<Position[]>();
  const [address, setAddress] = useState<NearAddress>();
  const [problem, setProblem] = useState('');
  const [copied, setCopied] = useState('');

  useEffect(() => {
    const given = new AbortController();
    api.coordinates(at, given.signal).then(
      (answer) => setPositions(answer.positions),
      (error: Error) => given.signal.aborted || setProblem(error.message),
    );
    // a role without fine-grained elements gets no address; the coordinates stand without it
    api.addressesAt(at, given.signal).then(
      (answer) => setAddress(answer.addresses[0]),
      () => undefined,
    );
    return () => given.abort();
  }, [api, at.join()]);

  const copy = (text: string) =>
    navigator.clipboard?.writeText(text).then(
      () => setCopied(text),
      () => setCopied(''),
    );
  if (problem) return <p role="alert">{problem}</p>;
  return (
    <>
      <dl class="positions">
        {positions?.map((position) => {
          const said = sayPosition(position);
          return (
            <div key={position.crs}>
              <dt>
                {SYSTEMS.find(([crs]) => crs === position.crs)?.[1] ?? position.title}
                {position.usable ? '' : ` · ${t('unfit')}`}
              </dt>
              <dd data-field={position.crs}>
                <span>{said}</span>
                <button type="button" class="link" onClick={() => copy(said)} aria-live="polite">
                  {copied === said ? t('copied') : t('copy')}
                </button>
              </dd>
            </div>
          );
        })}
      </dl>
      {address && (
        <p class="near">
          <small>
            {t('nearestAddress')} · {Math.round(address.distance)} {t('metres')}
          </small>
          {address.building ? (
            <button
              type="button"
              class="link"
              onClick={() =>
                select({ kind: 'building', id: String(address.building?.id), room: String(address.id) })
              }
            >
              {address.text}
            </button>
          ) : (
            <span>{address.text}</span>
          )}
        </p>
      )}
    </>
  );
}
