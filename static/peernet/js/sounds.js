// Sounds of the conversation and of the tray: play, a waveform to seek in, how long it is, and how fast.
import { clockText, drawBars } from "./recorder.js";

// Larger ones are played by the browser's own player, which need not read all of it to show something.
const LARGEST = 16 * 1024 * 1024;
const BARS = 48;
const SPEEDS = [1, 1.5, 2];
const SKIP = 5;
const known = new Map();
const MOST_KNOWN = 200;

async function analyse(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error("not there");
  const sound = await new OfflineAudioContext(1, 1, 44_100).decodeAudioData(await answer.arrayBuffer());
  const samples = sound.getChannelData(0);
  const size = Math.max(1, Math.floor(samples.length / BARS));
  const peaks = Array.from({ length: BARS }, (_, bar) => {
    let peak = 0;
    // Every eighth sample tells enough of how loud it is.
    for (let at = bar * size; at < (bar + 1) * size; at += 8) peak = Math.max(peak, Math.abs(samples[at] ?? 0));
    return peak;
  });
  const loudest = Math.max(...peaks, 0.01);
  return { seconds: sound.duration, peaks: peaks.map((peak) => peak / loudest) };
}

function analysed(url) {
  if (!known.has(url)) known.set(url, analyse(url));
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value);
  return known.get(url);
}

class Sound {
  constructor(audio) {
    this.audio = audio;
    this.peaks = Array(BARS).fill(0.1);
    this.seconds = 0;
    this.box = document.querySelector("#sound").content.cloneNode(true).firstElementChild;
    this.button = this.box.querySelector("[data-play]");
    this.wave = this.box.querySelector("[role=slider]");
    this.speed = this.box.querySelector("[data-speed]");
    this.wave.setAttribute("aria-label", `Place in ${audio.getAttribute("aria-label")}`);
    audio.controls = false;
    audio.before(this.box);
    this.listen();
    this.draw();
    watcher.observe(this.box);
    this.box.sound = this;
  }

  listen() {
    this.button.addEventListener("click", () => (this.audio.paused ? this.audio.play().catch(() => null) : this.audio.pause()));
    this.speed.addEventListener("click", () => {
      this.audio.playbackRate = SPEEDS[(SPEEDS.indexOf(this.audio.playbackRate) + 1) % SPEEDS.length];
    });
    this.wave.addEventListener("pointerdown", (event) => {
      const box = this.wave.getBoundingClientRect();
      this.seek(((event.clientX - box.left) / box.width) * this.seconds);
    });
    this.wave.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -SKIP, ArrowRight: SKIP, Home: -this.seconds, End: this.seconds }[event.key];
      if (event.key === " ") this.button.click();
      else if (by === undefined) return;
      else this.seek(this.audio.currentTime + by);
      event.preventDefault();
      event.stopPropagation();
    });
    for (const kind of ["play", "pause", "timeupdate", "ended", "ratechange", "seeked"]) {
      this.audio.addEventListener(kind, () => this.draw());
    }
    this.audio.addEventListener("play", () => {
      for (const other of document.querySelectorAll("audio")) if (other !== this.audio) other.pause();
    });
    this.audio.addEventListener("error", () => this.giveUp());
  }

  /** The browser's own player says what it can of a sound that we cannot read. */
  giveUp() {
    this.box.remove();
    this.audio.controls = true;
  }

  async load() {
    try {
      Object.assign(this, await analysed(this.audio.currentSrc || this.audio.src));
    } catch {
      this.giveUp();
      return;
    }
    this.draw();
  }

  seek(seconds) {
    if (!this.seconds) return;
    const to = Math.min(Math.max(0, seconds), Math.max(0, this.seconds - 0.05));
    const go = () => (this.audio.currentTime = to);
    if (this.audio.readyState >= 1) go();
    else {
      this.audio.addEventListener("loadedmetadata", go, { once: true });
      this.audio.preload = "auto";
      this.audio.load();
    }
  }

  draw() {
    const { currentTime, paused, playbackRate } = this.audio;
    const at = Math.min(currentTime, this.seconds || currentTime);
    drawBars(this.wave.querySelector("canvas"), this.peaks, this.seconds ? at / this.seconds : 0);
    const isFresh = paused && !at;
    this.box.querySelector(".clock").textContent = this.seconds || at ? clockText(isFresh ? this.seconds : at) : "";
    this.button.setAttribute("aria-label", paused ? "Play" : "Pause");
    this.button.querySelector("use").setAttribute("href", this.button.dataset[paused ? "play" : "pause"]);
    this.speed.textContent = `${playbackRate}×`;
    this.speed.setAttribute("aria-label", `Speed ${playbackRate}`);
    this.wave.setAttribute("aria-valuemax", Math.round(this.seconds));
    this.wave.setAttribute("aria-valuenow", Math.round(at));
    this.wave.setAttribute("aria-valuetext", `${clockText(at)} of ${clockText(this.seconds)}`);
  }
}

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      target.sound.load();
    }
  },
  { rootMargin: "400px" },
);

export function dress(root) {
  const found = [...root.querySelectorAll("audio[data-sound]")];
  if (root.matches?.("audio[data-sound]")) found.push(root);
  for (const audio of found) {
    if (Number(audio.dataset.sound) <= LARGEST && !audio.previousElementSibling?.matches(".sound")) new Sound(audio);
  }
}

/** Give a player to every sound of this page, and of what is added to it later. */
export function startSounds() {
  dress(document.body);
  new MutationObserver((records) => {
    for (const record of records) {
      for (const node of record.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) dress(node);
    }
  }).observe(document.body, { childList: true, subtree: true });
}
