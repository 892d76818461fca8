// Keys that work everywhere on the conversation page.
import { find, next } from "./people.js";

/** `open(url)` shows a conversation, `attach()` asks for files, `regions()` are where F6 stops after the people. */
export function startKeys({ open, attach, regions }) {
  addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const isControl = event.ctrlKey || event.metaKey;
    if (isControl && key === "k") find();
    else if (isControl && key === "u") attach();
    else if (event.altKey && (key === "arrowdown" || key === "arrowup")) step(key === "arrowdown" ? 1 : -1, open);
    else if (key === "f6") move(regions(), event.shiftKey);
    else return;
    event.preventDefault();
  });
}

function step(by, open) {
  const url = next(by);
  if (url) open(url);
}

function move(regions, isBack) {
  const stops = [document.querySelector("#filter"), ...regions].filter(Boolean);
  const at = stops.findIndex((stop) => stop === document.activeElement || stop.contains(document.activeElement));
  stops[(at + (isBack ? stops.length - 1 : 1)) % stops.length].focus();
}
