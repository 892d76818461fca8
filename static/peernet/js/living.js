// A page about people that stays true: when the node says that somebody changed, its part is drawn anew.
import { watchAttention } from "./attention.js";
import { Socket } from "./socket.js";
import { localise } from "./times.js";
import { tellTimes } from "./zones.js";

// Between two drawings, at least and in times of what the last one took: a page that costs much is drawn less often.
const PAUSE = 50;
const TIMES = 2;
// Beyond every message: this page shows none.
const NO_MESSAGES = Number.MAX_SAFE_INTEGER;
const HEARD = new Set(["people", "header", "details"]);

// Each drawing has a token of its own in its forms, which is no change.
const bare = (html) => html.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");

/**
 * Keep `#live` as the node would draw it now; `asServed` is what it held before any script touched it, and `drawn(part)`
 * is called after each change.
 */
export function startLiving(part, asServed, drawn = () => {}) {
  let timer = null;
  let due = 0;
  let last = bare(asServed);
  // What is heard while a drawing is under way may have come too late for it.
  let isStale = false;

  async function draw() {
    const began = performance.now();
    await fetchAndDraw();
    timer = null;
    due = performance.now() + Math.max(PAUSE, TIMES * (performance.now() - began));
    if (isStale) plan();
  }

  function plan() {
    isStale = timer !== null;
    timer ??= setTimeout(draw, Math.max(0, due - performance.now()));
  }

  async function fetchAndDraw() {
    isStale = false;
    let answer = null;
    try {
      // A page that costs much says by its mark what it shows; the node answers with nothing while that is true.
      answer = await fetch(location.href, part.dataset.mark ? { headers: { "If-None-Match": part.dataset.mark } } : {});
    } catch {
      // The node is away; the socket comes back with it, and then the page is drawn.
      return;
    }
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#live");
    const html = fresh?.innerHTML;
    if (html === undefined || bare(html) === last) return;
    last = bare(html);
    if (fresh.dataset.mark) part.dataset.mark = fresh.dataset.mark;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    const unfolded = [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
    part.innerHTML = html;
    for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus();
    localise(part);
    tellTimes(part);
    drawn(part);
  }

  const saw = watchAttention((frame) => socket?.send(frame));
  const socket = new Socket({
    opened() {
      saw();
      const visible = document.visibilityState === "visible";
      socket.send({ type: "open", with: part.dataset.person ?? null, after: NO_MESSAGES, visible });
    },
    heard(frame) {
      if (frame.type === "ended") location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
      if (!HEARD.has(frame.type)) return;
      plan();
    },
    cut() {},
  });
}
