/** What waits to be sent: reports and steps with their photos, kept in IndexedDB until the service has them. */
import { Problem } from '../api/client';
import type { NewReport, Step, WholeIssue } from '../issues/api';
import type { PhoneService } from './api';

export type Waiting = {
  /** The client's own id: sent again it makes nothing new. */
  key: string;
  made: number;
  kind: 'report' | 'step';
  report?: NewReport;
  issue?: number;
  step?: Step;
  photos: Blob[];
  /** Photos of a result that was reported together with the problem. */
  results: Blob[];
  state: 'waiting' | 'sending' | 'sent' | 'refused';
  problem?: string;
  tries: number;
  /** What the service made of it. */
  answer?: Pick<WholeIssue, 'id' | 'class' | 'name_zh' | 'name_en' | 'confidence' | 'candidates' | 'place'>;
  /** Whether a person has said which class it is. */
  settled?: boolean;
};

const STORE = 'outbox';
/** What may take an issue out of this phone's sight. */
const LEAVING = new Set(['return', 'transfer']);
const EVERY_MS = 15_000;
const KEPT_MS = 24 * 3600_000;

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** A random id, on insecure origins too, where `crypto.randomUUID` is missing. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

export class Outbox {
  private base: Promise<IDBDatabase> | undefined;
  private entries: Waiting[] = [];
  private busy = false;
  private readonly listeners = new Set<(entries: Waiting[]) => void>();
  private api: PhoneService | undefined;
  private revoked: () => void = () => {};

  private open(): Promise<IDBDatabase> {
    this.base ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open('gridtwin-phone', 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: 'key' });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    return this.base;
  }

  private async store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
    return (await this.open()).transaction(STORE, mode).objectStore(STORE);
  }

  /** Reads what was kept and sends from now on, with this phone's token; returns what ends it. */
  start(api: PhoneService, revoked: () => void): () => void {
    this.api = api;
    this.revoked = revoked;
    const go = () => void this.flush();
    this.store('readonly')
      .then((store) => done(store.getAll() as IDBRequest<Waiting[]>))
      .then((kept) => {
        const fresh = kept.filter((one) => one.state !== 'sent' || Date.now() - one.made < KEPT_MS);
        for (const old of kept) if (!fresh.includes(old)) void this.remove(old.key);
        // what was under way when the page closed may have arrived: it is sent again with the same id
        this.entries = fresh.map((one) =>
          one.state === 'sending' ? { ...one, state: 'waiting' as const } : one,
        );
        this.entries.sort((a, b) => a.made - b.made);
        this.tell();
        go();
      });
    const timer = setInterval(go, EVERY_MS);
    addEventListener('online', go);
    return () => {
      clearInterval(timer);
      removeEventListener('online', go);
    };
  }

  /** Calls with everything that is kept, oldest first, whenever it changes; returns what ends it. */
  watch(listener: (entries: Waiting[]) => void): () => void {
    this.listeners.add(listener);
    listener(this.entries);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of this.listeners) listener([...this.entries]);
  }

  private async keep(entry: Waiting): Promise<void> {
    this.entries = [...this.entries.filter((one) => one.key !== entry.key), entry].sort(
      (a, b) => a.made - b.made,
    );
    await done((await this.store('readwrite')).put(entry));
    this.tell();
  }

  /** Keeps it, then tries to send it. */
  async add(entry: Pick<Waiting, 'kind' | 'photos' | 'results'> & Partial<Waiting>): Promise<void> {
    const key = entry.report?.id ?? newKey();
    await this.keep({ made: Date.now(), state: 'waiting', tries: 0, ...entry, key });
    void this.flush();
  }

  async remove(key: string): Promise<void> {
    this.entries = this.entries.filter((one) => one.key !== key);
    await done((await this.store('readwrite')).delete(key));
    this.tell();
  }

  /** Tries again what was refused. */
  async retry(entry: Waiting): Promise<void> {
    const { version: _, ...step } = entry.step ?? { action: '' };
    await this.keep({ ...entry, ...(entry.step ? { step } : {}), state: 'waiting', problem: undefined });
    void this.flush();
  }

  async settle(entry: Waiting, answer?: Waiting['answer']): Promise<void> {
    await this.keep({ ...entry, settled: true, answer: answer ?? entry.answer });
  }

  /** Sends what waits, one after the other, so that a step never overtakes its report. */
  async flush(): Promise<void> {
    if (this.busy || !this.api) return;
    this.busy = true;
    try {
      for (const next of this.entries.filter((one) => one.state === 'waiting')) {
        if (!(await this.send(next))) break;
      }
    } finally {
      this.busy = false;
    }
  }

  private async send(entry: Waiting): Promise<boolean> {
    const api = this.api as PhoneService;
    await this.keep({ ...entry, state: 'sending' });
    try {
      const answer = entry.kind === 'report' ? await this.report(api, entry) : await this.step(api, entry);
      const { id, class: code, name_zh, name_en, confidence, candidates, place } = answer;
      const told = { id, class: code, name_zh, name_en, confidence, candidates, place };
      // photos are the service's now; here they would only fill the phone
      await this.keep({ ...entry, photos: [], results: [], state: 'sent', problem: undefined, answer: told });
      return true;
    } catch (error) {
      const tries = entry.tries + 1;
      if (error instanceof Problem && error.status === 401) this.revoked();
      const final = error instanceof Problem && error.status < 500 && ![401, 408, 429].includes(error.status);
      const problem = error instanceof Problem ? error.message : undefined;
      await this.keep({ ...entry, tries, state: final ? 'refused' : 'waiting', problem });
      return final;
    }
  }

  private async report(api: PhoneService, entry: Waiting): Promise<WholeIssue> {
    const made = await api.issues.report(entry.report as NewReport);
    for (const photo of entry.photos) await api.photo(made.id, 'report', photo);
    for (const photo of entry.results) await api.photo(made.id, 'result', photo);
    return made;
  }

  private async step(api: PhoneService, entry: Waiting): Promise<WholeIssue> {
    const [number, step] = [entry.issue as number, entry.step as Step];
    for (const photo of entry.photos) await api.photo(number, 'result', photo);
    if (LEAVING.has(step.action)) {
      // it takes the issue out of sight: only its version tells the service that it was done when the answer was lost
      if (step.version === undefined) {
        entry.step = { ...step, version: (await api.issues.one(number)).version };
        await this.keep({ ...entry, state: 'sending' });
      }
      return api.issues.act(number, entry.step as Step);
    }
    if (entry.tries) {
      // the answer to an earlier try may have been lost
      const now = await api.issues.one(number);
      const taken = now.events.some(
        ({ action, note, at }) =>
          action === step.action &&
          note === (step.note ?? '') &&
          new Date(at).getTime() > entry.made - 300_000,
      );
      if (taken) return now;
    }
    return api.issues.act(number, step);
  }
}
