// The words of the open conversation: adding, changing and seeing them, without ever taking the reader's place.
import { showFate } from "./fate.js";
import { localise } from "./times.js";

const NEAR = 80;
const AHEAD = "600px 0px 0px 0px";

function elementsOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  localise(template.content);
  shorten(template.content);
  enlarge(template.content);
  return [...template.content.children];
}

// Arrows move between messages and Enter opens how one fared: Tab need not stop at each.
function shorten(root) {
  for (const link of root.querySelectorAll("a.meta")) link.tabIndex = -1;
}

const STATES = ["waiting", "handed", "delivered", "read", "failed"];

function turn(row, state) {
  const hadFocus = row.contains(document.activeElement);
  row.classList.remove(...STATES);
  row.classList.add(state);
  const tick = row.querySelector(".meta .tick");
  tick.nextElementSibling.remove();
  tick.replaceWith(document.querySelector(`#tick-${state}`).content.cloneNode(true));
  row.querySelector(".recall, .failure")?.remove();
  if (hadFocus) row.focus({ preventScroll: true });
}

// One to three emoji alone are all that is said, and are shown so. Older browsers do not know what an emoji is.
const FEW_EMOJI = (() => {
  try {
    return new RegExp(String.raw`^(?:\p{RGI_Emoji}\s*){1,3}$`, "v");
  } catch {
    return /^$/;
  }
})();

function enlarge(root) {
  for (const words of root.querySelectorAll(".words")) {
    words.classList.toggle("emoji", words.textContent.length < 100 && FEW_EMOJI.test(words.textContent));
  }
}

export class Log {
  /** `seen(pk)` is called with the last of their messages that was on the screen; it returns whether that was heard. */
  constructor(talk, { seen }) {
    this.seen = seen;
    this.scroller = talk.querySelector("#scroller");
    this.list = talk.querySelector("#log");
    this.hollow = talk.querySelector("#hollow");
    this.latest = talk.querySelector("#latest");
    this.missed = 0;
    this.seenTo = 0;
    localise(talk);
    shorten(this.list);
    enlarge(this.list);
    this.listen();
    this.place();
    this.watchOlder();
  }

  listen() {
    this.scroller.addEventListener("scroll", () => this.moved(), { passive: true });
    this.latest.addEventListener("click", () => this.toEnd());
    this.list.addEventListener("keydown", (event) => this.step(event));
    this.list.addEventListener("click", (event) => this.clicked(event));
    // The composer grows, the keyboard comes up: whoever was at the end stays there.
    let height = this.scroller.clientHeight;
    new ResizeObserver(() => {
      const lost = height - this.scroller.clientHeight;
      height = this.scroller.clientHeight;
      if (lost && this.fromEnd() <= NEAR + Math.abs(lost)) this.toEnd();
    }).observe(this.scroller);
  }

  place() {
    const unread = this.list.querySelector("#unread");
    if (unread) this.scroller.scrollTop += unread.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top - 64;
    else this.toEnd();
    this.moved();
  }

  fromEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  moved() {
    const isNear = this.fromEnd() <= NEAR;
    if (isNear) this.missed = 0;
    this.latest.hidden = isNear;
    const badge = this.latest.querySelector(".badge");
    badge.hidden = !this.missed;
    badge.textContent = this.missed;
    this.look();
  }

  /** Note what is on the screen, if anybody looks at it. */
  look() {
    if (document.visibilityState !== "visible" || !document.hasFocus()) return;
    const bottom = this.scroller.getBoundingClientRect().bottom;
    const theirs = [...this.list.querySelectorAll(".message.theirs")];
    const last = theirs.findLast((row) => row.getBoundingClientRect().top < bottom);
    const pk = Number(last?.dataset.pk ?? 0);
    // What could not be said is said when the connection is back.
    if (pk > this.seenTo && this.seen(pk)) this.seenTo = pk;
  }

  /** The newest message that is shown. */
  get after() {
    return Math.max(0, ...[...this.list.querySelectorAll(".message[data-pk]")].map((row) => Number(row.dataset.pk)));
  }

  find(id, key) {
    const byId = id && this.list.querySelector(`[data-id="${CSS.escape(id)}"]`);
    return byId || (key && this.list.querySelector(`[data-key="${CSS.escape(key)}"]`)) || null;
  }

  /** Show a bubble as it is now: in its place, or at the end. Returns the row when it is new. */
  show({ id, key, html }) {
    const parts = elementsOf(html);
    const row = parts.at(-1);
    const old = this.find(id, key);
    const last = [...this.list.querySelectorAll(".day")].at(-1);
    const added = parts.filter((part) => !part.matches(".day") || part.dataset.day !== last?.dataset.day);
    if (old) {
      // The first words of a day were shown before anybody knew that they are.
      if (old.matches(".pending")) old.before(...added.slice(0, -1));
      this.change(old, row);
      return null;
    }
    const wasNear = this.fromEnd() <= NEAR;
    const pending = this.list.querySelector(".pending");
    if (pending) pending.before(...added);
    else this.list.append(...added);
    this.added(row, wasNear);
    return row;
  }

  added(row, wasNear) {
    this.hollow.hidden = true;
    if (wasNear || row.matches(".mine")) this.toEnd();
    else this.missed += 1;
    this.moved();
  }

  change(old, row) {
    const hadFocus = old.contains(document.activeElement);
    const wasNear = this.fromEnd() <= NEAR;
    if (old.matches(".whole")) this.unfold(row);
    old.replaceWith(row);
    if (hadFocus) row.focus({ preventScroll: true });
    if (wasNear) this.toEnd();
  }

  /** Change the state of a bubble that is shown; without words it is gone. */
  update(id, html) {
    const old = this.find(id);
    if (!old) return;
    if (html) this.change(old, elementsOf(html).at(-1));
    else old.remove();
  }

  /** Turn ticks: these messages are in a state that changes nothing else of them. */
  tick(pks, state) {
    for (const pk of pks) {
      const row = this.list.querySelector(`.message[data-pk="${pk}"]`);
      // Who has read it has it.
      if (row && !row.matches(".read")) turn(row, state);
    }
  }

  /** Show words at once that are not stored yet. */
  pend(key, text, files = 0) {
    if (this.find(null, key)) return;
    const row = document.querySelector("#draft").content.cloneNode(true).firstElementChild;
    row.dataset.key = key;
    const what = files === 1 ? "A file" : `${files} files`;
    row.querySelector(".words").textContent = files ? [what, text].filter(Boolean).join(": ") : text;
    enlarge(row);
    row.querySelector("time").setAttribute("datetime", new Date().toISOString());
    localise(row);
    this.list.append(row);
    this.added(row, true);
  }

  unpend(key) {
    this.list.querySelector(`.pending[data-key="${CSS.escape(key)}"]`)?.remove();
  }

  watchOlder() {
    const older = this.list.querySelector(".older");
    if (!older) return;
    const watcher = new IntersectionObserver(
      async (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watcher.disconnect();
        await this.loadOlder(older);
      },
      { root: this.scroller, rootMargin: AHEAD },
    );
    watcher.observe(older);
    older.addEventListener("click", (event) => {
      event.preventDefault();
      watcher.disconnect();
      this.loadOlder(older);
    });
  }

  async loadOlder(older) {
    const link = older.querySelector("a");
    this.scroller.setAttribute("aria-busy", "true");
    let answer = null;
    try {
      answer = await fetch(link.href);
    } catch {
      // The node is away; the banner says so. The link stays.
    }
    this.scroller.removeAttribute("aria-busy");
    if (!answer?.ok) {
      setTimeout(() => this.watchOlder(), 3000);
      return;
    }
    const rows = elementsOf(await answer.text());
    const before = this.scroller.scrollHeight - this.scroller.scrollTop;
    older.replaceWith(...rows);
    this.oneSeparatorADay();
    this.scroller.scrollTop = this.scroller.scrollHeight - before;
    this.watchOlder();
  }

  oneSeparatorADay() {
    const days = new Set();
    for (const separator of this.list.querySelectorAll(".day")) {
      if (days.has(separator.dataset.day)) separator.remove();
      days.add(separator.dataset.day);
    }
  }

  clicked(event) {
    const link = event.target.closest("a.meta");
    const more = event.target.closest(".more");
    if (more) this.unfold(more.closest(".message"), more.getAttribute("aria-expanded") === "false");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showFate(link);
  }

  /** Show all of a long message, or its beginning again. */
  unfold(row, isWhole = true) {
    const more = row.querySelector(".more");
    row.classList.toggle("whole", isWhole);
    more?.setAttribute("aria-expanded", isWhole);
    if (more) more.textContent = isWhole ? "Show less" : "Show more";
  }

  step(event) {
    if (event.key === "Enter" && event.target.matches(".message")) event.target.querySelector("a.meta")?.click();
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Escape") document.querySelector("#words").focus();
    if (!by) return;
    const rows = [...this.list.querySelectorAll(".message, .notice")];
    const at = rows.indexOf(event.target.closest(".message, .notice"));
    if (at + by >= rows.length) document.querySelector("#words").focus();
    else rows[Math.max(0, at + by)]?.focus();
    event.preventDefault();
  }

  focusLast() {
    [...this.list.querySelectorAll(".message, .notice")].at(-1)?.focus();
  }
}
