/** The page's one connection to `WS /live`: comes back by itself, hands frames and notices to whoever listens. */

export type Change = {
  layer: string;
  extent: [west: number, south: number, east: number, north: number] | null;
};
/** A text of the server beside the frames: see docs/live.md. */
export type Notice = { type: string; topic?: string; changes?: Change[]; [more: string]: unknown };
type Heard = {
  /** A binary frame; the server sends the next after it was acknowledged. */
  frame: (bytes: ArrayBuffer) => void;
  notice: (notice: Notice) => void;
  /** The connection is there; `again` is true when it had been lost, so that something may have been missed. */
  open: (again: boolean) => void;
  lost: () => void;
};

const RETRY_MS = 2000;

export class Live {
  private readonly listeners: { [Kind in keyof Heard]: Set<Heard[Kind]> } = {
    frame: new Set(),
    notice: new Set(),
    open: new Set(),
    lost: new Set(),
  };
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ended = false;
  private opened = 0;

  /** `query` gives the viewport at the moment of connecting; `topics` are the notices that are wanted. */
  constructor(
    private readonly query: () => string,
    private readonly topics: readonly string[],
  ) {
    // whoever listens is added before the first message
    this.timer = setTimeout(() => this.connect());
  }

  /** Calls `listener` from now on; returns its end. */
  on<Kind extends keyof Heard>(kind: Kind, listener: Heard[Kind]): () => void {
    this.listeners[kind].add(listener);
    return () => this.listeners[kind].delete(listener);
  }

  /** Sends a message, if there is a connection. */
  send(message: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  get connected(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Makes the connection anew, for when the old one may be open in name only. */
  reconnect(): void {
    if (this.ended) return;
    const old = this.socket;
    clearTimeout(this.timer);
    this.connect();
    old?.close();
  }

  close(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  private connect(): void {
    const address = location.origin.replace(/^http/, 'ws');
    const socket = new WebSocket(`${address}/live?${this.query()}&tell=${this.topics.join(',')}`);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      for (const each of this.listeners.open) each(this.opened > 0);
      this.opened++;
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data === 'string') {
        const notice = JSON.parse(data) as Notice;
        for (const each of this.listeners.notice) each(notice);
      } else {
        for (const each of this.listeners.frame) each(data);
      }
    };
    socket.onclose = () => {
      if (this.ended || this.socket !== socket) return;
      for (const each of this.listeners.lost) each();
      this.timer = setTimeout(() => this.connect(), RETRY_MS);
    };
    this.socket = socket;
  }
}
