// Words that the node has not confirmed to hold. They live in this page only, and are sent again under the same key.
export class Outbox {
  /** `unsent(key, words, failed)` is called when files of a message could not be brought to the node. */
  constructor(send, unsent) {
    this.send = send;
    this.unsent = unsent;
    this.waiting = new Map();
  }

  /** `uploads` are files that may still be on their way to the node: the words go with the last of them. */
  add(person, text, uploads = []) {
    const key = crypto.randomUUID();
    const words = { person, text, uploads, files: [], isReady: !uploads.length };
    this.waiting.set(key, words);
    if (words.isReady) this.post(key, words);
    else Promise.all(uploads.map((upload) => upload.settled)).then(() => this.filled(key, words));
    return key;
  }

  filled(key, words) {
    words.files = words.uploads.filter((upload) => upload.state === "ready").map((upload) => upload.id);
    words.isReady = true;
    const failed = words.uploads.filter((upload) => ["failed", "asking"].includes(upload.state));
    if (failed.length || (!words.files.length && !words.text.trim())) {
      this.waiting.delete(key);
      this.unsent(key, words, failed);
    } else this.post(key, words);
  }

  post(key, { person, text, files }) {
    this.send({ type: "send", key, with: person, text, files });
  }

  /** The connection is back. */
  flush() {
    for (const [key, words] of this.waiting) if (words.isReady) this.post(key, words);
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
