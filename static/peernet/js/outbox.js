// Words that the node has not confirmed to hold. They live in this page only, and are sent again under the same key.
export class Outbox {
  constructor(send) {
    this.send = send;
    this.waiting = new Map();
  }

  add(person, text) {
    const key = crypto.randomUUID();
    this.waiting.set(key, { person, text });
    this.send({ type: "send", key, with: person, text });
    return key;
  }

  /** The connection is back. */
  flush() {
    for (const [key, { person, text }] of this.waiting) this.send({ type: "send", key, with: person, text });
  }

  /** The node answered; return what it was about. */
  settle(key) {
    const words = this.waiting.get(key);
    this.waiting.delete(key);
    return words;
  }

  of(person) {
    return [...this.waiting].filter(([, words]) => words.person === person);
  }
}
