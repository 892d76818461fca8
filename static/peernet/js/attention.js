// Tells the node that somebody is at this page, so that others are not shown a member who has gone away as present.
const EVERY = 20_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

/** `send(frame)` is called at most three times a minute, while there is input. */
export function watchAttention(send) {
  let at = 0;
  function saw() {
    if (Date.now() - at < EVERY || document.visibilityState !== "visible") return;
    if (send({ type: "active" })) at = Date.now();
  }
  for (const sign of SIGNS) addEventListener(sign, saw, { passive: true, capture: true });
  document.addEventListener("visibilitychange", saw);
  return saw;
}
