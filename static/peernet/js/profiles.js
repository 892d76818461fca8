// What every page with people on it does.
import { startPictures } from "./pictures.js";
import { startTimes } from "./zones.js";

startPictures();
startTimes();

const part = document.querySelector("#live");
if (part) import("./living.js").then(({ startLiving }) => startLiving(part));

const editor = document.querySelector("#editor");
if (editor) import("./editor.js").then(({ startEditor }) => startEditor(editor));
