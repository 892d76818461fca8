// Files dropped anywhere over the conversation; an overlay says to whom they go.
import { openTray } from "./tray.js";

let depth = 0;
const hasFiles = (event) => openTray() && [...(event.dataTransfer?.types ?? [])].includes("Files");
const overlay = () => document.querySelector("#drop");

addEventListener("dragenter", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  depth += 1;
  if (overlay()) overlay().hidden = false;
});
addEventListener("dragover", (event) => {
  if (hasFiles(event)) event.preventDefault();
});
addEventListener("dragleave", (event) => {
  if (!hasFiles(event)) return;
  depth = Math.max(0, depth - 1);
  if (!depth && overlay()) overlay().hidden = true;
});
addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  depth = 0;
  if (overlay()) overlay().hidden = true;
  openTray().add([...event.dataTransfer.files]);
});
