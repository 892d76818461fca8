// The list of people: drawn by the node, filtered here.
import { localise } from "./times.js";

const list = document.querySelector("#people");
const filter = document.querySelector("#filter");
const nobody = document.querySelector("#nobody");

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function sift() {
  const wanted = plain(filter.value.trim());
  for (const person of list.querySelectorAll(".person")) {
    const name = plain(person.querySelector(".name").textContent);
    person.parentElement.hidden = !name.includes(wanted);
  }
  for (const section of list.querySelectorAll("section")) {
    section.hidden = !section.querySelector("li:not([hidden])");
  }
  const isFound = list.querySelector("section:not([hidden])") !== null;
  // What is said anew is read out; nothing is said twice.
  if (nobody.hidden !== (isFound || !wanted)) nobody.hidden = isFound || !wanted;
}

/** Draw the list anew; focus and place stay. */
export function showPeople(html) {
  const focused = document.activeElement?.closest?.("#people .person")?.dataset.person;
  const top = list.scrollTop;
  list.innerHTML = html;
  // The member's own mark, at the foot of the list, is not part of it.
  const own = list.querySelector("[data-own-state]");
  if (own) document.querySelector(".me .presence").className = `presence ${own.dataset.ownState}`;
  localise(list);
  sift();
  list.scrollTop = top;
  if (focused) list.querySelector(`[data-person="${CSS.escape(focused)}"]`)?.focus();
}

/** Mark whose conversation is open. */
export function select(person) {
  for (const link of list.querySelectorAll(".person")) {
    if (link.dataset.person === person) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** `open(url)` is called when somebody is chosen. */
export function startPeople(open) {
  localise(list);
  filter.parentElement.hidden = false;
  filter.addEventListener("input", sift);
  filter.addEventListener("keydown", (event) => {
    const first = list.querySelector("li:not([hidden]) .person");
    if (event.key === "Enter" && first) {
      filter.value = "";
      sift();
      open(first.href);
    } else if (event.key === "ArrowDown") first?.focus();
    else if (event.key === "Escape") {
      filter.value = "";
      sift();
      document.querySelector("#words")?.focus();
    } else return;
    event.preventDefault();
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = [...list.querySelectorAll("li:not([hidden]) .person")];
    const at = all.indexOf(document.activeElement);
    (all[at + step] ?? (step < 0 ? filter : all[at]))?.focus();
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a.person");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link.href);
  });
}

/** Return the address of the conversation `step` places further down, round and round. */
export function next(step) {
  const all = [...list.querySelectorAll(".person")];
  const at = all.findIndex((link) => link.hasAttribute("aria-current"));
  return all.length ? all[(at + step + all.length + (at < 0 && step < 0 ? 1 : 0)) % all.length].href : null;
}

/** Put the cursor where a name can be typed. */
export function find() {
  filter.focus();
  filter.select();
}
