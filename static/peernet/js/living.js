// A page about people that stays true: when the node says that somebody changed, its part is drawn anew.
import { askIfDue } from "./asking.js";
import { watchAttention } from "./attention.js";
import { Socket } from "./socket.js";
import { localise } from "./times.js";
import { tellTimes } from "./zones.js";

const PAUSE = 400;
// Beyond every message: this page shows none.
const NO_MESSAGES = Number.MAX_SAFE_INTEGER;
const HEARD = new Set(["people", "header", "details"]);

/** Keep `#live` as the node would draw it now; `drawn(part)` is called after each change. */
export function startLiving(part, drawn = () => {}) {
  let timer = null;

  async function draw() {
    timer = null;
    let answer = null;
    try {
      answer = await fetch(location.href);
    } catch {
      // The node is away; the socket comes back with it, and then the page is drawn.
      return;
    }
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const html = page.querySelector("#live")?.innerHTML;
    if (html === undefined || html === part.dataset.drawn) return;
    part.dataset.drawn = html;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = html;
    if (focused) document.getElementById(focused)?.focus();
    localise(part);
    tellTimes(part);
    drawn(part);
  }

  askIfDue(part.parentElement);
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
      timer ??= setTimeout(draw, PAUSE);
    },
    cut() {},
  });
}
