/** Photos on the phone: taken, looked at, taken away. */
import { useEffect, useState } from 'preact/hooks';
import type { Key } from '../i18n/catalogue';
import type { PhoneService } from './api';
import { MOST_PHOTOS, shrink } from './photos';

type TakeProps = { photos: Blob[]; change: (photos: Blob[]) => void; t: (key: Key) => string; label: Key };

export function TakePhotos({ photos, change, t, label }: TakeProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const take = async (input: HTMLInputElement) => {
    const files = [...(input.files ?? [])].slice(0, MOST_PHOTOS - photos.length);
    input.value = '';
    setBusy(true);
    setProblem('');
    const made: Blob[] = [];
    for (const file of files) {
      try {
        made.push(await shrink(file));
      } catch {
        setProblem(t('phNoPicture'));
      }
    }
    setBusy(false);
    change([...photos, ...made]);
  };
  return (
    <fieldset class="photos" aria-busy={busy}>
      <legend class="unseen">{t(label)}</legend>
      {photos.map((photo, index) => (
        <Thumb
          key={`${photo.size}-${index}`}
          photo={photo}
          name={`${t(label)} ${index + 1}`}
          remove={{ name: t('phRemovePhoto'), act: () => change(photos.filter((one) => one !== photo)) }}
        />
      ))}
      {photos.length < MOST_PHOTOS && (
        <label class={photos.length ? 'camera small' : 'camera'}>
          <svg viewBox="0 0 24 24" width="34" height="34" aria-hidden="true">
            <path d="M4 8h3.5L9 5h6l1.5 3H20v11H4z" />
            <circle cx="12" cy="13.2" r="3.6" />
          </svg>
          <span>{busy ? t('phShrinking') : t(label)}</span>
          <input
            type="file"
            accept="image/*"
            capture="environment"
            multiple
            disabled={busy}
            onChange={(event) => take(event.currentTarget)}
          />
        </label>
      )}
      {problem && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
    </fieldset>
  );
}

function useAddress(photo: Blob | undefined): string | undefined {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (!photo) return;
    const made = URL.createObjectURL(photo);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [photo]);
  return address;
}

function Thumb({
  photo,
  name,
  remove,
}: {
  photo: Blob;
  name: string;
  remove?: { name: string; act: () => void };
}) {
  const address = useAddress(photo);
  return (
    <span class="thumb">
      {address && <img src={address} alt={name} />}
      {remove && (
        <button type="button" aria-label={`${remove.name}: ${name}`} onClick={remove.act}>
          ×
        </button>
      )}
    </span>
  );
}

/** A photo that the service keeps. */
export function KeptPhoto({ api, path, name }: { api: PhoneService; path: string; name: string }) {
  const [photo, setPhoto] = useState<Blob>();
  const address = useAddress(photo);
  useEffect(() => {
    const given = new AbortController();
    api.picture(path, given.signal).then(setPhoto, () => undefined);
    return () => given.abort();
  }, [api, path]);
  return <span class="thumb kept">{address && <img src={address} alt={name} />}</span>;
}
