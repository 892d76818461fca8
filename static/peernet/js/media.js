// Files of the conversation: how far they are, and texts unfolded.
import { sizeText } from "./sizes.js";

/** A file has moved. */
export function showProgress({ file, done, size, reason }) {
  const card = document.querySelector(`[data-file="${CSS.escape(file)}"]`);
  const bar = card?.querySelector("progress");
  if (!bar) return;
  bar.max = size || 1;
  bar.value = done;
  if (!reason) card.querySelector("[data-way]").textContent = `${sizeText(done)} of ${sizeText(size)}`;
}

document.addEventListener(
  "toggle",
  async (event) => {
    const details = event.target;
    if (!details.matches?.("[data-text]") || !details.open || details.dataset.read) return;
    const answer = await fetch(details.dataset.text).catch(() => null);
    if (!answer?.ok) return;
    details.dataset.read = "yes";
    const rest = answer.headers.get("X-Whole") === "no" ? "\n… The rest is in the file: save it to read on." : "";
    details.querySelector("pre").textContent = (await answer.text()) + rest;
  },
  true,
);
