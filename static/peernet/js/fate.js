// How a message fared, shown over the page when its state is clicked.
import { localise } from "./times.js";

const dialog = document.querySelector("#fate");
const steps = dialog.querySelector("[data-steps]");

dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
// What is clicked beside the card is the dialog itself.
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

/** Ask the node about the message behind a link, and show what it says. */
export async function showFate(link) {
  let answer = null;
  try {
    answer = await fetch(link.href);
  } catch {
    // The node is away; the banner says so.
    return;
  }
  if (!answer.ok) return;
  steps.innerHTML = await answer.text();
  localise(steps);
  dialog.showModal();
}
