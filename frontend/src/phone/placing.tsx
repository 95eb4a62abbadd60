/** The worker confirms the dot: whoever moves the map to where they stand tells in which system the phone's positions come. */
import { useEffect, useState } from 'preact/hooks';
import type { Key } from '../i18n/catalogue';
import type { PhoneService, Placed } from './api';
import type { Place } from './spot';
import { SpotMap } from './spot-map';

const OFFSET = 'phone-offset';
const PATIENCE_MS = 30_000;

/** Where a position of this phone lies on the map: moved by the offset that its worker showed at enrolment. */
export function onTheMap(place: Place): Place {
  try {
    const { lon = 0, lat = 0 } = JSON.parse(localStorage.getItem(OFFSET) ?? '{}') as Partial<Place>;
    return { ...place, lon: place.lon + lon, lat: place.lat + lat };
  } catch {
    return place;
  }
}

type Props = {
  api: PhoneService;
  token: string;
  theme: 'day' | 'night';
  t: (key: Key) => string;
  done: () => void;
};

export function Placing({ api, token, theme, t, done }: Props) {
  const [found, setFound] = useState<Place>();
  const [shown, setShown] = useState<Place>();
  const [placed, setPlaced] = useState<Placed>();
  const [problem, setProblem] = useState('');
  const [round, setRound] = useState(0);
  useEffect(() => {
    setFound(undefined);
    setProblem('');
    if (!navigator.geolocation || !isSecureContext) return setProblem(t('noPosition'));
    let current = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        if (!current) return;
        const here = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy };
        setFound(here);
        setShown(here);
      },
      () => current && setProblem(t('noPosition')),
      { enableHighAccuracy: true, timeout: PATIENCE_MS },
    );
    return () => {
      current = false;
    };
  }, [round]);

  const confirm = () => {
    if (!found || !shown) return;
    api.place(found, shown).then(
      (answer) => {
        setPlaced(answer);
        setProblem('');
        if (answer.crs === null) return;
        const offset = { lon: answer.lon - found.lon, lat: answer.lat - found.lat };
        localStorage.setItem(OFFSET, JSON.stringify(offset));
        if (answer.crs === 'EPSG:4326') done();
      },
      (error: Error) => setProblem(error.message),
    );
  };
  const again = () => {
    setPlaced(undefined);
    setRound((now) => now + 1);
  };
  const later = (
    <button type="button" class="big quiet" onClick={done}>
      {t('placeLater')}
    </button>
  );
  if (placed?.crs)
    return (
      <section>
        <h2>{t('placeMended')}</h2>
        <p>
          {t('placeMendedHow')} <b>{placed.offset} m</b> ({placed.crs})
        </p>
        <button type="button" class="big" onClick={done}>
          {t('placeGoOn')}
        </button>
      </section>
    );
  return (
    <section>
      <h2>{t('placeHere')}</h2>
      {placed && (
        <p class="problem" role="alert">
          {t('placeUnclear')}
        </p>
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {!found && !problem && <p role="status">{t('waitingForPosition')}</p>}
      {found && shown && (
        <>
          <p>{t('placeHow')}</p>
          <SpotMap token={token} theme={theme} place={shown} t={t} moved={setShown} />
          <button type="button" class="big" onClick={confirm}>
            {t('placeYes')}
          </button>
        </>
      )}
      {(placed || problem) && (
        <button type="button" class="big quiet" onClick={again}>
          {t('placeAgain')}
        </button>
      )}
      {later}
    </section>
  );
}
