// How a message fared, shown over the page when its state is clicked.
import { localise } from "./times.js";

const dialog = document.querySelector("#fate");
const steps = dialog.querySelector("[data-steps]");

dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
// What is clicked beside the card is the dialog itself.
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

// What is done about a message leaves the page and what it holds as they are; a refusal is shown as a page of its own.
steps.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch(event.target.action, { method: "POST", body: new FormData(event.target) }).catch(() => null);
  if (answer?.ok) dialog.close();
  else event.target.submit();
});

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
