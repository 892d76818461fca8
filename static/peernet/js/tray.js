// What is about to be sent with the next message: chosen, dropped or pasted files, and how far each of them is.
import { isNote, recordAgain } from "./recorder.js";
import { sizeText, timeText } from "./sizes.js";
import { Upload } from "./uploads.js";

const MOST = 20;
// Photos lose what was written into them beside what one sees; these lose nothing.
const FILM_OR_DOCUMENT = /^video\/|^application\/(pdf|rtf|msword|vnd\.(ms-|openxmlformats-|oasis\.))/;
// By person: files that wait for the member to press Send live as long as the page, whatever conversation is open.
const trays = new Map();
const known = new Set();
let current = null;

const uploadsOf = (person) => trays.get(person) ?? trays.set(person, []).get(person);
export class Tray {
  constructor(talk, { refuse, focus }) {
    this.person = talk.dataset.person;
    this.list = talk.querySelector("#tray");
    this.field = talk.querySelector("#attach");
    this.refuse = refuse;
    this.focus = focus;
    current = this;
    talk.querySelector("#attach-button").hidden = false;
    talk.querySelector("#attach-button").addEventListener("click", () => this.field.click());
    this.field.addEventListener("change", () => {
      this.add([...this.field.files]);
      this.field.value = "";
    });
    talk.querySelector("#words").addEventListener("paste", (event) => this.paste(event));
    for (const upload of this.uploads) this.draw(upload);
    this.shown();
    this.recall();
  }

  get uploads() {
    return uploadsOf(this.person);
  }

  get isEmpty() {
    return !this.uploads.some((upload) => !upload.isTaken && upload.state !== "failed" && upload.state !== "lost");
  }

  /** What an earlier page left on the node. */
  async recall() {
    if (known.has(this.person)) return;
    known.add(this.person);
    const answer = await fetch(`/with/${this.person}/files`).catch(() => null);
    if (!answer?.ok) return known.delete(this.person);
    for (const row of (await answer.json()).files) {
      if (this.uploads.some((upload) => upload.id === row.id)) continue;
      const upload = new Upload(this.person, null, changed, row);
      if (upload.state === "lost") upload.sentence = "Choose the same file again, and it goes on where it stopped.";
      this.uploads.push(upload);
      if (current === this) this.draw(upload);
    }
    if (current === this) this.shown();
  }

  add(files) {
    for (const file of files) {
      const lost = this.uploads.find((each) => each.state === "lost" && each.name === file.name && each.size === file.size);
      if (lost) this.goOn(lost, file);
      else if (this.uploads.filter((each) => !each.isTaken).length >= MOST) {
        this.refuse("That is too many files for one message: 20 is the most. Send the others with the next one.");
        break;
      } else {
        const upload = new Upload(this.person, file, changed);
        this.uploads.push(upload);
        this.draw(upload);
        upload.start();
      }
    }
    this.shown();
    this.focus();
  }

  goOn(lost, file) {
    const upload = new Upload(this.person, file, changed, lost.row);
    this.uploads.splice(this.uploads.indexOf(lost), 1, upload);
    this.rowOf(lost)?.remove();
    this.draw(upload);
    upload.start();
  }

  paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    const at = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
    this.add(files.map((file) => (file.name === "image.png" ? new File([file], `Picture ${at}.png`, { type: file.type }) : file)));
  }

  /** Hand over what is to be sent with a message that is being sent now. */
  take() {
    const taken = this.uploads.filter((upload) => !upload.isTaken && !["failed", "lost", "gone"].includes(upload.state));
    for (const upload of taken) {
      upload.isTaken = true;
      if (upload.state === "ready") forget(upload);
      else changed(upload);
    }
    this.shown();
    return taken;
  }

  rowOf(upload) {
    return [...this.list.children].find((row) => row.upload === upload);
  }

  draw(upload) {
    const row = document.querySelector("#tray-row").content.cloneNode(true).firstElementChild;
    row.upload = upload;
    row.querySelector("bdi").textContent = upload.row?.shown ?? upload.name;
    row.querySelector("[data-remove]").addEventListener("click", () => this.remove(upload));
    row.querySelector("[data-pause]").addEventListener("click", () =>
      upload.state === "paused" ? upload.resume() : upload.pause(),
    );
    row.querySelector("[data-as-it-is]").addEventListener("click", () => upload.sendAsItIs());
    const original = row.querySelector("[data-original]");
    original.addEventListener("change", () => this.sendOriginal(upload, original.checked));
    this.list.append(row);
    this.thumbnail(upload, row);
    this.update(upload);
  }

  async thumbnail(upload, row) {
    if (!upload.file?.type.startsWith("image/") || upload.file.type === "image/svg+xml") return;
    const bitmap = await createImageBitmap(upload.file, { resizeHeight: 96 }).catch(() => null);
    if (!bitmap) return;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    row.querySelector(".thumb").replaceChildren(canvas);
  }

  /** A sound can be heard before it goes, and a voice note recorded again. */
  listen(upload, row) {
    if (upload.row.kind !== "audio" || row.querySelector("audio")) return;
    const audio = new Audio(`/files/${upload.id}/play`);
    Object.assign(audio, { controls: true, preload: "none" });
    audio.dataset.sound = upload.row.size;
    audio.setAttribute("aria-label", upload.name);
    row.append(audio);
    if (!isNote(upload.file)) return;
    const again = row.querySelector("[data-again]");
    again.hidden = false;
    again.addEventListener("click", () => {
      this.remove(upload);
      recordAgain();
    });
  }

  /** A photo goes without what the camera wrote into it; to send all of it, it is uploaded anew. */
  sendOriginal(upload, original) {
    if (!upload.file) return;
    const fresh = new Upload(this.person, upload.file, changed);
    fresh.original = original;
    this.uploads.splice(this.uploads.indexOf(upload), 1, fresh);
    const row = this.rowOf(upload);
    upload.cancel();
    this.draw(fresh);
    row.replaceWith(this.rowOf(fresh));
    this.rowOf(fresh).querySelector("[data-original]").focus();
    fresh.start();
  }

  remove(upload) {
    upload.cancel();
    forget(upload);
    this.shown();
    this.focus();
  }

  update(upload) {
    const row = this.rowOf(upload);
    if (!row) return;
    const { state, sent, size } = upload;
    row.dataset.is = state;
    const bar = row.querySelector("progress");
    bar.hidden = !upload.isUnderWay;
    bar.max = size || 1;
    bar.value = sent;
    bar.setAttribute("aria-label", `Upload of ${upload.name}`);
    row.querySelector("[data-state]").textContent = upload.sentence || stateText(upload);
    row.classList.toggle("wrong", Boolean(upload.sentence));
    const pause = row.querySelector("[data-pause]");
    pause.hidden = !["moving", "paused"].includes(state);
    const isPaused = state === "paused";
    pause.querySelector("use").setAttribute("href", isPaused ? pause.dataset.play : pause.dataset.pause);
    pause.title = isPaused ? "Go on" : "Pause";
    pause.setAttribute("aria-label", `${pause.title}: ${upload.name}`);
    if (state === "ready") this.listen(upload, row);
    row.querySelector("[data-as-it-is]").hidden = state !== "asking";
    row.querySelector("[data-remove]").setAttribute("aria-label", `Remove ${upload.name}`);
    const original = row.querySelector("[data-original]");
    original.checked = upload.original;
    original.closest("label").hidden =
      !upload.file?.type.startsWith("image/") || upload.isTaken || state === "asking";
    const isUnchanged = FILM_OR_DOCUMENT.test(upload.file?.type) || ["video", "pdf"].includes(upload.row?.kind);
    row.querySelector("[data-unchanged]").hidden = !isUnchanged || upload.isTaken;
  }

  shown() {
    this.list.hidden = !this.list.children.length;
  }
}

function stateText({ state, sent, size, speed, secondsLeft, isTaken }) {
  const after = isTaken ? " · goes out when it is here" : "";
  if (state === "ready") return sizeText(size) + after;
  if (state === "finishing") return `${sizeText(size)} · checking…`;
  if (state === "paused") return `Paused at ${Math.floor((sent / (size || 1)) * 100)} %`;
  if (state !== "moving") return sizeText(size);
  const parts = [`${Math.floor((sent / (size || 1)) * 100)} %`, `${sizeText(sent)} of ${sizeText(size)}`];
  if (speed) parts.push(`${sizeText(speed)}/s`);
  if (secondsLeft !== null && secondsLeft > 1) parts.push(timeText(secondsLeft));
  return parts.join(" · ") + after;
}

function changed(upload) {
  if (current?.person === upload.person) current.update(upload);
  if (upload.isTaken && ["ready", "gone"].includes(upload.state)) forget(upload);
}

function forget(upload) {
  const all = uploadsOf(upload.person);
  if (all.includes(upload)) all.splice(all.indexOf(upload), 1);
  if (current?.person === upload.person) {
    current.rowOf(upload)?.remove();
    current.shown();
  }
}

/** The tray of the conversation that is open, if one is. */
export const openTray = () => current;

/** The conversation is left for another one. */
export function leaveTray() {
  current = null;
}

/** Files that a refused message gives back. */
export function giveFilesBack(uploads) {
  for (const upload of uploads) {
    upload.isTaken = false;
    const all = uploadsOf(upload.person);
    const isListed = all.includes(upload);
    if (!isListed) all.push(upload);
    if (current?.person !== upload.person) continue;
    if (isListed) current.update(upload);
    else current.draw(upload);
    current.shown();
  }
}

addEventListener("beforeunload", (event) => {
  const isMoving = [...trays.values()].flat().some((upload) => upload.isUnderWay);
  if (isMoving) event.preventDefault();
});
