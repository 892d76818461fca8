// Files on their way from this browser to its own node: chunk by chunk, patient with cuts, and ready to be resumed.
const AT_ONCE = 2;
const TELLS = "Place, time and camera could not be taken out of this photo: it may tell more than one sees.";
// A request that took less carries twice as many chunks the next time, and one that took longer half as many.
const SOON = 500, LATE = 5000;
const PAUSES = [500, 1000, 2000, 5000];
const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

export class Refused extends Error {}

/** Call the node, and return what it answers; its sentence is thrown as `Refused`. */
async function call(url, body, signal, type) {
  const headers = { "X-CSRFToken": token() };
  if (type) headers["Content-Type"] = type;
  const answer = await fetch(url, { method: "POST", headers, body, signal });
  if (answer.status === 204) return null;
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  const said = isJson ? await answer.json() : {};
  if (answer.ok) return said;
  const error = new Refused(said.sentence ?? "Your node did not take this file. Reload the page and try again.");
  error.passes = [429, 502, 503, 507].includes(answer.status);
  throw error;
}

export class Upload {
  /** `changed(upload)` is called whenever there is something new to show. */
  constructor(person, file, changed, row = null) {
    Object.assign(this, { person, file, changed, row });
    this.name = file?.name ?? row.shown;
    this.size = file?.size ?? row.size;
    this.original = row?.original ?? false;
    this.state = row?.ready ? "ready" : row?.asking ? "asking" : file ? "waiting" : "lost";
    this.sentence = "";
    this.sent = 0;
    this.speed = 0;
    this.many = 1;
    this.settled = new Promise((settle) => (this.settle = settle));
    if (row?.asking) this.sentence = TELLS;
    if (["ready", "asking"].includes(this.state)) this.settle(this);
  }

  get id() {
    return this.row?.id;
  }

  get isUnderWay() {
    return ["waiting", "moving", "paused", "finishing"].includes(this.state);
  }

  get secondsLeft() {
    return this.speed > 0 ? (this.size - this.sent) / this.speed : null;
  }

  async start() {
    try {
      if (!this.row) await this.begin();
      await this.move();
      this.show("finishing");
      this.row = await this.patiently(() => call(`/files/${this.id}/finish`, new URLSearchParams(), this.stopper.signal));
      if (this.row.asking) this.show("asking", TELLS);
      else this.show("ready");
    } catch (error) {
      if (this.state === "gone") return;
      this.show("failed", error instanceof Refused ? error.message : "This file could not be read. Choose it again.");
    }
    this.settle(this);
  }

  async begin() {
    this.stopper ??= new AbortController();
    const fields = new URLSearchParams();
    fields.set("name", this.file.name);
    fields.set("size", this.file.size);
    fields.set("media_type", this.file.type);
    if (this.original) fields.set("original", "1");
    this.row = await this.patiently(() => call(`/with/${this.person}/files`, fields, this.stopper.signal));
  }

  /** Bring what the node lacks; first one chunk that it has, which tells whether this is the same file. */
  async move() {
    this.stopper ??= new AbortController();
    const lacks = new Set(this.row.missing);
    const count = Math.max(1, Math.ceil(this.size / this.row.chunk));
    const held = Array.from({ length: count }, (_, index) => index).filter((index) => !lacks.has(index));
    this.sent = Math.min(this.size, held.length * this.row.chunk);
    const todo = [...(held.length ? [held.at(-1)] : []), ...lacks];
    this.recent = [[performance.now(), this.sent]];
    this.show("moving");
    if (held.length) await this.put(todo.shift(), 1, true);
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.work(todo)));
  }

  async work(todo) {
    while (todo.length) {
      await this.resumed;
      if (this.state === "gone" || this.state === "failed" || !todo.length) return;
      const first = todo.shift();
      let count = 1;
      for (; count < this.many && todo[0] === first + count; count += 1) todo.shift();
      await this.put(first, count);
    }
  }

  async put(first, count = 1, isProof = false) {
    const start = first * this.row.chunk;
    const body = await this.file.slice(start, start + count * this.row.chunk).arrayBuffer();
    const began = performance.now();
    await this.patiently(() =>
      call(`/files/${this.id}/chunks/${first}`, body, this.stopper.signal, "application/octet-stream"),
    );
    if (isProof) return;
    const took = performance.now() - began;
    if (took < SOON) this.many = Math.min(this.row.most, this.many * 2);
    else if (took > LATE) this.many = Math.max(1, this.many / 2);
    this.sent = Math.min(this.size, this.sent + body.byteLength);
    this.measure();
    this.show();
  }

  measure() {
    const now = performance.now();
    this.recent.push([now, this.sent]);
    while (this.recent.length > 2 && now - this.recent[0][0] > 4000) this.recent.shift();
    const [[then, before]] = this.recent;
    this.speed = now > then ? ((this.sent - before) / (now - then)) * 1000 : 0;
  }

  /** A node that is away or busy comes back; only what it says in so many words is final. */
  async patiently(step) {
    for (let tries = 0; ; tries += 1) {
      try {
        const said = await step();
        if (this.sentence && this.state !== "failed") this.show(this.state, "");
        return said;
      } catch (error) {
        const isCut = error instanceof TypeError || error.passes;
        if (!isCut || this.state === "gone") throw error;
        this.show(this.state, error.passes ? error.message : "Your node does not answer. It goes on by itself.");
        await new Promise((wake) => setTimeout(wake, PAUSES[Math.min(tries, PAUSES.length - 1)]));
      }
    }
  }

  pause() {
    if (this.state !== "moving") return;
    this.resumed = new Promise((go) => (this.go = go));
    this.show("paused");
  }

  resume() {
    if (this.state !== "paused") return;
    this.go();
    this.resumed = null;
    this.recent = [[performance.now(), this.sent]];
    this.show("moving");
  }

  /** A photo that may tell more than one sees goes all the same: the member said so. */
  async sendAsItIs() {
    this.row = await this.patiently(() => call(`/files/${this.id}/as-it-is`, new URLSearchParams()));
    this.original = true;
    this.show("ready", "");
  }

  /** Forget this file, here and on the node. */
  async cancel() {
    this.show("gone");
    this.stopper?.abort();
    this.go?.();
    this.settle(this);
    if (this.id) await call(`/files/${this.id}/drop`, new URLSearchParams()).catch(() => null);
  }

  show(state = this.state, sentence = this.sentence) {
    if (this.state === "gone") return;
    Object.assign(this, { state, sentence });
    this.changed(this);
  }
}
