// What every page with people on it does.
import { startPictures } from "./pictures.js";
import { localise } from "./times.js";
import { startTimes } from "./zones.js";

const part = document.querySelector("#live");
const asServed = part?.innerHTML ?? "";

startPictures();
startTimes();
if (document.body.matches(".room")) localise(document.body);

async function live(part) {
  const { startLiving } = await import("./living.js");
  if (!document.querySelector("#seek")) return startLiving(part, asServed);
  const { seek, startDirectory } = await import("./directory.js");
  startDirectory();
  return startLiving(part, asServed, seek);
}

if (part) live(part);

const editor = document.querySelector("#editor");
if (editor) import("./editor.js").then(({ startEditor }) => startEditor(editor));
