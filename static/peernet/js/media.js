// Files of the conversation: how far they are, pictures large, texts unfolded.
import { sizeText } from "./tray.js";

const light = document.querySelector("#light");
const picture = light.querySelector("img");
let opener = null;

/** A file has moved. */
export function showProgress({ file, done, size, reason }) {
  const card = document.querySelector(`[data-file="${CSS.escape(file)}"]`);
  const bar = card?.querySelector("progress");
  if (!bar) return;
  bar.max = size || 1;
  bar.value = done;
  if (!reason) card.querySelector("[data-way]").textContent = `${sizeText(done)} of ${sizeText(size)}`;
}

const all = () => [...document.querySelectorAll("#log a.picture")];

function show(link) {
  opener = link;
  const image = link.querySelector("img");
  picture.src = link.dataset.light;
  picture.alt = image.alt;
  picture.classList.remove("close");
  light.querySelector("[data-name]").textContent = image.alt;
  light.querySelector("[data-save]").href = link.href;
  const links = all();
  light.querySelector("[data-before]").disabled = links.indexOf(link) <= 0;
  light.querySelector("[data-after]").disabled = links.indexOf(link) >= links.length - 1;
}

function step(by) {
  const links = all();
  const next = links[links.indexOf(opener) + by];
  if (next) show(next);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#log a.picture");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(link);
  light.showModal();
});

light.addEventListener("click", (event) => {
  if (event.target.closest("[data-before]")) step(-1);
  else if (event.target.closest("[data-after]")) step(1);
  else if (event.target === picture) picture.classList.toggle("close");
  else if (event.target.closest("[data-close]") || event.target.matches("#light, .stage")) light.close();
});
light.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  else if (event.key === "ArrowRight") step(1);
  else if (event.key === "+" || event.key === "-") picture.classList.toggle("close", event.key === "+");
});
light.addEventListener("close", () => {
  picture.removeAttribute("src");
  opener?.focus();
});

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
