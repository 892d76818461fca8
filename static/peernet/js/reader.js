// Reads a PDF in the page: pdf.js draws it, and runs nothing that the document brings along.
import * as pdf from "../vendor/pdfjs/pdf.min.mjs";
import { EventBus, LinkTarget, PDFFindController, PDFLinkService, PDFViewer } from "../vendor/pdfjs/pdf_viewer.mjs";

const body = document.querySelector(".reader-body");
const container = document.querySelector("#pages");
const query = document.querySelector("#query");
const page = document.querySelector("#page");
const { library, file, size } = body.dataset;
const NO_PAGE = new Set(["INPUT", "TEXTAREA"]);
const STEP = 2 ** 19;
// A picture inside a document that is larger than this is left out: it would take the tab's memory.
const MOST_PIXELS = 2 ** 26;

pdf.GlobalWorkerOptions.workerSrc = `${library}pdf.worker.min.mjs`;

const eventBus = new EventBus();
const linkService = new PDFLinkService({
  eventBus,
  externalLinkTarget: LinkTarget.BLANK,
  externalLinkRel: "noopener noreferrer nofollow",
});
const findController = new PDFFindController({ eventBus, linkService });
// Without a scripting manager the library has nothing that could run a document's script.
const viewer = new PDFViewer({
  container,
  eventBus,
  linkService,
  findController,
  annotationMode: pdf.AnnotationMode.ENABLE,
  annotationEditorMode: pdf.AnnotationEditorType.DISABLE,
  imageResourcesPath: `${library}images/`,
});
linkService.setViewer(viewer);

async function open() {
  const task = pdf.getDocument({
    url: file,
    length: Number(size),
    rangeChunkSize: STEP,
    disableStream: true,
    disableAutoFetch: true,
    cMapUrl: `${library}cmaps/`,
    standardFontDataUrl: `${library}standard_fonts/`,
    wasmUrl: `${library}wasm/`,
    useWasm: false,
    enableXfa: false,
    maxImageSize: MOST_PIXELS,
  });
  task.onPassword = askPassword;
  try {
    const opened = await task.promise;
    document.querySelector("#locked").hidden = true;
    viewer.setDocument(opened);
    linkService.setDocument(opened);
    document.querySelector("#count").textContent = `of ${opened.numPages}`;
  } catch (error) {
    say(
      error instanceof pdf.InvalidPDFException
        ? "This document is damaged, or it is no PDF, so it cannot be shown. You can still save it."
        : "This document could not be read. Reload the page, or save the document.",
    );
  }
}

function say(sentence) {
  const problem = document.querySelector("#problem");
  problem.textContent = sentence;
  problem.hidden = false;
}

function askPassword(answer, reason) {
  const form = document.querySelector("#locked");
  form.hidden = false;
  if (reason === pdf.PasswordResponses.INCORRECT_PASSWORD) {
    form.querySelector("#locked-why").textContent = "That is not its password. Try again.";
  }
  form.querySelector("#password").focus();
  form.onsubmit = (event) => {
    event.preventDefault();
    answer(form.querySelector("#password").value);
    form.querySelector("#password").value = "";
  };
}

// Where we are, and how large.

eventBus.on("pagesinit", () => {
  fit();
  container.focus();
});
eventBus.on("pagechanging", ({ pageNumber }) => (page.value = pageNumber));
eventBus.on("scalechanging", ({ scale }) => {
  document.querySelector("#scale").textContent = `${Math.round(scale * 100)} %`;
});

function fit() {
  viewer.currentScaleValue = matchMedia("(max-width: 720px)").matches ? "page-width" : "auto";
}

function turn(by) {
  const wanted = viewer.currentPageNumber + by;
  if (wanted >= 1 && wanted <= viewer.pagesCount) viewer.currentPageNumber = wanted;
}

page.addEventListener("change", () => {
  const wanted = Number(page.value);
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= viewer.pagesCount) viewer.currentPageNumber = wanted;
  page.value = viewer.currentPageNumber;
});
document.querySelector("#smaller").addEventListener("click", () => viewer.decreaseScale());
document.querySelector("#larger").addEventListener("click", () => viewer.increaseScale());
document.querySelector("#fit").addEventListener("click", fit);

// Finding words.

function find(type, findPrevious = false) {
  eventBus.dispatch("find", {
    source: window,
    type,
    query: query.value,
    caseSensitive: false,
    entireWord: false,
    matchDiacritics: false,
    highlightAll: true,
    findPrevious,
  });
}

function showFound({ matchesCount }) {
  const { current = 0, total = 0 } = matchesCount ?? {};
  document.querySelector("#found").textContent = !query.value ? "" : total ? `${current} of ${total}` : "None";
  for (const which of ["#before", "#after"]) document.querySelector(which).disabled = !total;
}

eventBus.on("updatefindmatchescount", showFound);
eventBus.on("updatefindcontrolstate", showFound);
query.addEventListener("input", () => find(""));
document.querySelector("#before").addEventListener("click", () => find("again", true));
document.querySelector("#seek").addEventListener("submit", (event) => {
  event.preventDefault();
  find("again");
});

// Keys.

const keys = {
  "+": () => viewer.increaseScale(),
  "-": () => viewer.decreaseScale(),
  0: fit,
  ArrowLeft: () => turn(-1),
  ArrowRight: () => turn(1),
  Home: () => (viewer.currentPageNumber = 1),
  End: () => (viewer.currentPageNumber = viewer.pagesCount),
};

addEventListener("keydown", (event) => {
  const isControl = event.ctrlKey || event.metaKey;
  if (isControl && event.key.toLowerCase() === "f") {
    query.select();
    query.focus();
  } else if (event.key === "Escape") leave();
  else if (event.target === query && event.key === "Enter" && event.shiftKey) find("again", true);
  else if (!isControl && !event.altKey && !NO_PAGE.has(event.target.tagName) && keys[event.key]) keys[event.key]();
  else return;
  event.preventDefault();
});

/** Back to the page, or out of the document: the conversation that shows it in a frame closes it. */
function leave() {
  if (document.activeElement !== container && NO_PAGE.has(document.activeElement.tagName)) container.focus();
  else if (parent !== window) parent.postMessage("leave-reader", location.origin);
  else document.querySelector("#leave").click();
}

document.querySelector("#leave").addEventListener("click", (event) => {
  if (parent === window) return;
  event.preventDefault();
  parent.postMessage("leave-reader", location.origin);
});

open();
