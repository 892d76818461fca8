// The page's one connection to its node: it comes back by itself, and says when it is cut.
const PAUSES = [300, 1000, 2000, 5000];
const PATIENCE = 2000;

export class Socket {
  /** `opened()`, `heard(frame)` and `cut(seconds until the next try, or null when connected again)` are called. */
  constructor({ opened, heard, cut }) {
    Object.assign(this, { opened, heard, cut });
    this.tries = 0;
    this.cutSince = null;
    this.isEnding = false;
    this.connect();
  }

  get isOpen() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.tries = 0;
      this.cutSince = null;
      clearInterval(this.ticker);
      this.cut(null);
      this.opened();
    });
    socket.addEventListener("message", (event) => this.heard(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      if (socket === this.socket && !this.isEnding) this.again(event.code);
    });
  }

  again(code) {
    if (code === 4401) {
      this.heard({ type: "ended" });
      return;
    }
    this.cutSince ??= Date.now();
    const pause = PAUSES[Math.min(this.tries++, PAUSES.length - 1)];
    const due = Date.now() + pause;
    this.timer = setTimeout(() => this.connect(), pause);
    clearInterval(this.ticker);
    this.ticker = setInterval(() => this.tell(due), 500);
  }

  tell(due) {
    if (this.isOpen || this.cutSince === null) return;
    if (Date.now() - this.cutSince >= PATIENCE) this.cut(Math.max(0, Math.ceil((due - Date.now()) / 1000)));
  }

  /** Try now. */
  now() {
    if (this.socket.readyState === WebSocket.CLOSED) this.connect();
  }

  send(frame) {
    if (this.isOpen) this.socket.send(JSON.stringify(frame));
    return this.isOpen;
  }

  end() {
    this.isEnding = true;
    clearTimeout(this.timer);
    clearInterval(this.ticker);
    this.socket.close();
  }
}
