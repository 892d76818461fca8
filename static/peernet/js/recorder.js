// Voice notes: recorded here, and put into the tray like any other file, where they can be listened to before they go.
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const LONGEST = 30 * 60;
const BARS = 48;
const EVERY = 80;
const WHY = {
  NotAllowedError:
    "Your browser does not let this page use the microphone. Allow it beside the page's address, and press the button again.",
  NotFoundError: "No microphone was found. Plug one in, or switch it on in the system's settings, and try again.",
  NotReadableError: "Another program uses the microphone. Close it there, and try again.",
};
const OTHERWISE = "The microphone could not be started. Reload the page and try again.";
const notes = new WeakSet();
let current = null;

export const clockText = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Whether this browser can record at all: pages that come over plain HTTP from elsewhere may not. */
const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia && window.MediaRecorder && window.AudioContext);

export class Recorder {
  /** `done(file)` takes what was recorded, `refuse(sentence)` says why nothing could be. */
  constructor(talk, { done, refuse, focus }) {
    Object.assign(this, { done, refuse, focus });
    this.button = talk.querySelector("#record-button");
    this.bar = talk.querySelector("#recording");
    this.line = talk.querySelector(".composer .line");
    if (!canRecord()) return;
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.start());
    this.bar.querySelector("[data-discard]").addEventListener("click", () => this.end(false));
    this.bar.querySelector("[data-rest]").addEventListener("click", () => this.rest());
    this.bar.querySelector("[data-done]").addEventListener("click", () => this.end(true));
    this.bar.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.end(false);
    });
  }

  async start() {
    if (this.media) return;
    this.refuse("");
    let stream = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      this.refuse(WHY[error.name] ?? OTHERWISE);
      return;
    }
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.media = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 48_000 });
    this.parts = [];
    this.media.addEventListener("dataavailable", (event) => this.parts.push(event.data));
    this.media.addEventListener("stop", () => this.stopped());
    this.media.start();
    this.seconds = 0;
    this.before = performance.now();
    this.listen(stream);
    this.show(true);
    current = this;
  }

  /** Show how loud it is: whoever speaks sees that they are heard. */
  listen(stream) {
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    this.context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.levels = Array(BARS).fill(0);
    this.timer = setInterval(() => {
      if (this.media?.state === "paused") return;
      analyser.getFloatTimeDomainData(samples);
      this.levels.push(Math.min(1, 4 * Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length)));
      this.levels.shift();
      this.draw();
    }, EVERY);
  }

  /** Rest for a moment, or go on. */
  rest() {
    const isResting = this.media?.state === "recording";
    if (isResting) this.media.pause();
    else this.media?.resume();
    this.showRest(isResting);
  }

  showRest(isResting) {
    const button = this.bar.querySelector("[data-rest]");
    button.setAttribute("aria-label", isResting ? "Go on recording" : "Pause");
    button.querySelector("use").setAttribute("href", button.dataset[isResting ? "record" : "pause"]);
    this.bar.querySelector("[role=status]").textContent = isResting ? "Recording rests" : "Recording";
  }

  draw() {
    const now = performance.now();
    if (this.media.state === "recording") this.seconds += (now - this.before) / 1000;
    this.before = now;
    this.bar.querySelector(".clock").textContent = clockText(this.seconds);
    const meter = this.bar.querySelector("meter");
    meter.value = this.levels.at(-1);
    const canvas = this.bar.querySelector("canvas");
    drawBars(canvas, this.levels, 1);
    if (this.seconds >= LONGEST) this.end(true);
  }

  show(isRecording) {
    this.bar.hidden = !isRecording;
    this.showRest(false);
    this.line.hidden = isRecording;
    if (isRecording) this.bar.querySelector("[data-done]").focus();
    else this.button.focus();
  }

  end(isKept) {
    if (!this.media || this.media.state === "inactive") return;
    this.isKept = isKept;
    this.media.stop();
  }

  stopped() {
    clearInterval(this.timer);
    for (const track of this.media.stream.getTracks()) track.stop();
    this.context.close();
    const type = this.media.mimeType.split(";")[0];
    this.media = null;
    current = null;
    this.show(false);
    if (!this.isKept) return;
    const at = new Date();
    const two = (number) => String(number).padStart(2, "0");
    const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    const name = `Voice note ${day} ${two(at.getHours())}.${two(at.getMinutes())}.${two(at.getSeconds())}.${type.split("/")[1]}`;
    const note = new File(this.parts, name, { type });
    notes.add(note);
    this.done(note);
    this.focus();
  }
}

/** Whether a file is a voice note of this page, which can be recorded again. */
export const isNote = (file) => notes.has(file);

/** Record a note anew. */
export function recordAgain() {
  document.querySelector("#record-button").click();
}

/** What is being recorded when the conversation is left waits in its tray. */
export function leaveRecorder() {
  current?.end(true);
}

/** Draw bars, those up to a share of them stronger. */
export function drawBars(canvas, levels, share) {
  const ratio = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  Object.assign(canvas, { width: width * ratio, height: height * ratio });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.fillStyle = getComputedStyle(canvas).color;
  const step = width / levels.length;
  levels.forEach((level, at) => {
    context.globalAlpha = at < share * levels.length ? 1 : 0.4;
    const tall = Math.max(2, level * height);
    context.fillRect(at * step, (height - tall) / 2, Math.max(1, step - 2), tall);
  });
}

addEventListener("beforeunload", (event) => {
  if (current) event.preventDefault();
});
