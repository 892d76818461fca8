// Where words are typed. What is begun is kept by the node, a moment after each pause.
const PAUSE = 500;
// Words that the node gave back for a conversation that is not open.
const givenBack = new Map();

export class Composer {
  /** `send(text)` is called with what was typed, `keep(text)` with what stands there meanwhile: it returns whether
   * that was heard. `up()` is called when the arrow leaves an empty field. With files, words may lack. */
  constructor(talk, { send, keep, up, hasFiles }) {
    this.hasFiles = hasFiles;
    this.person = talk.dataset.person;
    this.form = talk.querySelector("#composer");
    this.field = talk.querySelector("#words");
    this.refusal = talk.querySelector("#refusal");
    this.onSend = send;
    this.onKeep = keep;
    this.kept = this.field.value;
    this.take(givenBack.get(this.person));
    givenBack.delete(this.person);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("keydown", (event) => {
      // A key that chooses a word of an input method is not ours.
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        this.submit();
      } else if (event.key === "ArrowUp" && !this.field.value) {
        event.preventDefault();
        up();
      }
    });
    this.field.addEventListener("input", () => this.changed());
    this.grow();
  }

  changed() {
    this.refuse("");
    this.grow();
    this.keepSoon();
  }

  keepSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), PAUSE);
  }

  /** Have the node keep what stands there, if it does not yet. */
  keep() {
    clearTimeout(this.timer);
    if (this.field.value !== this.kept && this.onKeep(this.field.value)) this.kept = this.field.value;
  }

  /** Another tab changed the draft: show it, unless somebody is typing here. */
  show(text) {
    if (this.field.value !== this.kept) return;
    this.kept = text;
    if (this.field.value === text) return;
    this.field.value = text;
    this.grow();
  }

  take(text) {
    if (!text) return;
    this.field.value = this.field.value ? `${text}\n${this.field.value}` : text;
    this.grow();
    this.keepSoon();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
  }

  submit() {
    const text = this.field.value;
    if (!text.trim() && !this.hasFiles()) {
      this.refuse("There is nothing to send yet. Write something first.");
      return;
    }
    if (new TextEncoder().encode(text).length > 65_536) {
      this.refuse("This message is too long to send. Shorten it, or send it in parts.");
      return;
    }
    this.field.value = "";
    this.changed();
    this.onSend(text);
    this.keep();
    this.field.focus();
  }

  /** Say why nothing was sent, and give the words back. */
  refuse(sentence, text = "") {
    this.refusal.textContent = sentence;
    this.refusal.hidden = !sentence;
    if (sentence) {
      this.field.setAttribute("aria-invalid", "true");
      this.field.setAttribute("aria-describedby", "refusal");
    } else {
      this.field.removeAttribute("aria-invalid");
      this.field.removeAttribute("aria-describedby");
    }
    this.take(text);
  }
}

/** Keep words for a conversation that is not open. */
export function giveBack(person, text) {
  const held = givenBack.get(person);
  givenBack.set(person, held ? `${text}\n${held}` : text);
}
