// Where words are typed. Drafts live as long as the page.
const drafts = new Map();

export class Composer {
  /** `send(text)` is called with what was typed; `up()` when the arrow leaves an empty field. */
  constructor(talk, { send, up }) {
    this.person = talk.dataset.person;
    this.form = talk.querySelector("#composer");
    this.field = talk.querySelector("#words");
    this.refusal = talk.querySelector("#refusal");
    this.onSend = send;
    if (!this.field.value) this.field.value = drafts.get(this.person) ?? "";
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
    drafts.set(this.person, this.field.value);
    this.refuse("");
    this.grow();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
  }

  submit() {
    const text = this.field.value;
    if (!text.trim()) {
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
    if (text) {
      this.field.value = this.field.value ? `${text}\n${this.field.value}` : text;
      drafts.set(this.person, this.field.value);
      this.grow();
    }
  }
}

/** Keep words for a conversation that is not open. */
export function giveBack(person, text) {
  const held = drafts.get(person);
  drafts.set(person, held ? `${text}\n${held}` : text);
}
