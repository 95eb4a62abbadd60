/** The tour's scenes: keep this view, order, hours; play; sound; and show this view on another centre's wall. */
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { type Wish, write } from './address';
import { screenName } from './beat';
import { allowSound, soundAllowed } from './chime';
import type { Here } from './context';
import type { Scene, Stage } from './stage';

type Props = {
  here: Here;
  stage: Stage;
  wish: Wish;
  panels: string[];
  centre: string | undefined;
  /** Whether who asks may allow photos: a wall itself may not. */
  mayPhotos: boolean;
};

export function Scenes({ here, stage, wish, panels, centre, mayPhotos }: Props) {
  const { say, language } = here;
  const [problem, setProblem] = useState('');
  const [sound, setSound] = useState(soundAllowed);
  const act = (path: string, init: RequestInit) =>
    ask(path, language, init).then(
      () => {
        setProblem('');
        stage.reread();
      },
      (error: Error) => setProblem(error.message),
    );
  const keep = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    const hour = (name: string) => String(given.get(name) ?? '') || null;
    const scene = {
      centre,
      name: String(given.get('name')),
      address: write(wish),
      panels,
      seconds: Number(given.get('seconds')),
      begins: hour('begins'),
      ends: hour('ends'),
      photos: given.get('photos') !== null,
    };
    void act('/api/walls/scenes', { method: 'POST', body: JSON.stringify(scene) }).then(() => form.reset());
  };
  const move = (scene: Scene, by: number) => {
    const at = stage.scenes.indexOf(scene);
    const other = stage.scenes[at + by];
    if (!other) return;
    const put = (id: number, position: number) =>
      ask(`/api/walls/scenes/${id}`, language, { method: 'PATCH', body: JSON.stringify({ position }) });
    Promise.all([put(scene.id, other.position), put(other.id, scene.position)]).then(
      stage.reread,
      (error: Error) => setProblem(error.message),
    );
  };
  return (
    <section class="wl-pop wl-scenes" aria-label={say('wlTour')}>
      <header>
        <h3>{say('wlTour')}</h3>
        <button
          type="button"
          class="wl-do"
          aria-pressed={stage.touring}
          onClick={() => stage.setTouring(!stage.touring)}
        >
          {say(stage.touring ? 'wlTourStop' : 'wlTourPlay')}
        </button>
      </header>
      {stage.scenes.length === 0 && <p class="wl-none">{say('wlNoScenes')}</p>}
      <ol>
        {stage.scenes.map((scene, index) => (
          <li key={scene.id} aria-current={scene.id === stage.current ? 'step' : undefined}>
            <b>{scene.name}</b>
            <small>
              {scene.seconds} s
              {(scene.begins || scene.ends) &&
                ` · ${scene.begins?.slice(0, 5) ?? '00:00'}–${scene.ends?.slice(0, 5) ?? '24:00'}`}
              {scene.photos && ` · ${say('wlWithPhotos')}`}
            </small>
            <span>
              <button
                type="button"
                aria-label={`${say('wlEarlier')} ${scene.name}`}
                disabled={!index}
                onClick={() => move(scene, -1)}
              >
                ↑
              </button>
              <button
                type="button"
                aria-label={`${say('wlRemove')} ${scene.name}`}
                onClick={() => void act(`/api/walls/scenes/${scene.id}`, { method: 'DELETE' })}
              >
                ×
              </button>
            </span>
          </li>
        ))}
      </ol>
      <form onSubmit={keep}>
        <label>
          {say('wlSceneName')}
          <input name="name" required maxLength={100} autocomplete="off" />
        </label>
        <div class="row">
          <label>
            {say('wlSeconds')}
            <input name="seconds" type="number" min={5} max={3600} defaultValue="30" required />
          </label>
          <label>
            {say('wlFrom')}
            <input name="begins" type="time" />
          </label>
          <label>
            {say('wlTo')}
            <input name="ends" type="time" />
          </label>
        </div>
        {mayPhotos && (
          <label class="check">
            <input name="photos" type="checkbox" />
            {say('wlPhotos')}
          </label>
        )}
        <button type="submit" class="wl-do">
          {say('wlKeep')}
        </button>
      </form>
      <SendTo here={here} wish={wish} />
      <label class="check">
        <input
          type="checkbox"
          checked={sound}
          onChange={() => {
            allowSound(!sound);
            setSound(!sound);
          }}
        />
        {say('wlSound')}
      </label>
      <p role="alert">{problem}</p>
    </section>
  );
}

type Other = { id: number; name: string; own: boolean; place: string; width: number; height: number };

/** Shows this view on the wall of a centre above or below, or on another screen of this one. */
function SendTo({ here, wish }: { here: Here; wish: Wish }) {
  const { say, language, area } = here;
  const [others, setOthers] = useState<Other[]>([]);
  const [said, setSaid] = useState('');
  useEffect(() => {
    ask<{ screens: Other[] }>(`/api/walls/screens/others?screen=${screenName()}`, language).then(
      (answer) => setOthers(answer.screens),
      () => setOthers([]),
    );
  }, [language]);
  if (!others.length) return null;
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    const to = new FormData(event.currentTarget as HTMLFormElement).get('to');
    const scene = { name: area?.name ?? '', area: area?.code ?? '', address: write(wish) };
    ask(`/api/walls/screens/${to}/show`, language, { method: 'POST', body: JSON.stringify(scene) }).then(
      () => setSaid(say('wlSent')),
      (error: Error) => setSaid(error.message),
    );
  };
  return (
    <form onSubmit={send}>
      <label>
        {say('wlSendTo')}
        <select name="to">
          {others.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
              {one.own && ` · ${one.width}×${one.height} · ${one.place}`}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="wl-do">
        {say('wlSend')}
      </button>
      <p role="status">{said}</p>
    </form>
  );
}
