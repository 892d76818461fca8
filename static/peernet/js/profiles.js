// What every page with people on it does.
import { startPictures } from "./pictures.js";
import { localise } from "./times.js";
import { startTimes } from "./zones.js";

startPictures();
startTimes();
if (document.body.matches(".room")) localise(document.body);

async function live(part) {
  const { startLiving } = await import("./living.js");
  if (!document.querySelector("#seek")) return startLiving(part);
  const { seek, startDirectory } = await import("./directory.js");
  startDirectory();
  return startLiving(part, seek);
}

const part = document.querySelector("#live");
if (part) live(part);

const editor = document.querySelector("#editor");
if (editor) import("./editor.js").then(({ startEditor }) => startEditor(editor));
