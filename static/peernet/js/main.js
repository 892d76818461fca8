// The conversation page: one socket, one list of people, and the conversation that is open.
import { askIfDue } from "./asking.js";
import { watchAttention } from "./attention.js";
import { Composer, giveBack } from "./composer.js";
import { showCut, showStatus } from "./connection.js";
import "./dropping.js";
import { startKeys } from "./keys.js";
import { Log } from "./log.js";
import { showProgress } from "./media.js";
import { startNotices } from "./notify.js";
import { Outbox } from "./outbox.js";
import { select, showPeople, startPeople } from "./people.js";
import { startPosters } from "./posters.js";
import { Recorder, leaveRecorder } from "./recorder.js";
import { Socket } from "./socket.js";
import { startSounds } from "./sounds.js";
import { localise } from "./times.js";
import { showUnread } from "./title.js";
import { Tray, giveFilesBack, leaveTray } from "./tray.js";
import { tellTimes } from "./zones.js";

const SETTLE = 1500;
const speaker = document.querySelector("#speaker");

let talk, person, log, composer, tray, socket, shown;
let openedAt = 0;
const outbox = new Outbox((frame) => socket.send(frame), unsent);

function setUp() {
  talk = document.querySelector("#talk");
  shown = location.pathname;
  person = talk.dataset.person ?? null;
  log = composer = tray = null;
  leaveRecorder();
  leaveTray();
  if (person) {
    log = new Log(talk, { seen: (pk) => socket?.send({ type: "read", with: person, up_to: pk }) ?? false });
    composer = new Composer(talk, {
      send: say,
      keep: (text) => socket?.send({ type: "draft", with: person, text }) ?? false,
      up: () => log.focusLast(),
      hasFiles: () => !tray.isEmpty,
    });
    tray = new Tray(talk, { refuse: (sentence) => composer?.refuse(sentence), focus: () => composer?.field.focus() });
    const opened = tray;
    new Recorder(talk, {
      done: (file) => opened.add([file]),
      refuse: (sentence) => composer?.refuse(sentence),
      focus: () => composer?.field.focus(),
    });
    for (const [key, words] of outbox.of(person)) log.pend(key, words.text, words.uploads.length);
    if (matchMedia("(hover: hover)").matches) composer.field.focus();
  }
  localise(talk);
  tellTimes(talk);
  askIfDue(talk);
  talk.querySelector("#act").addEventListener("submit", act);
  talk.querySelector("[data-now]").addEventListener("click", () => socket.now());
  talk.addEventListener("click", goBack);
  talk.addEventListener("click", toggleDetails);
}

function say(text) {
  const uploads = tray.take();
  const key = outbox.add(person, text, uploads);
  log.pend(key, text, uploads.length);
}

/** A message whose files did not reach the node is taken back: the words, and the files that did. */
function unsent(key, words, failed) {
  if (words.person === person) log.unpend(key);
  takeBack(words, failed[0]?.sentence ?? "");
}

function takeBack(words, sentence) {
  giveFilesBack(words.uploads.filter((upload) => upload.state !== "gone"));
  if (words.person === person) composer.refuse(sentence, words.text);
  else giveBack(words.person, words.text);
}

function tellWhatIsOpen() {
  openedAt = Date.now();
  socket.send({ type: "open", with: person, after: log?.after ?? 0, visible: document.visibilityState === "visible" });
}

// Moving between conversations without losing the socket, the drafts and what waits.

async function open(url, isNew = true) {
  composer?.keep();
  let answer = null;
  try {
    answer = await fetch(url);
  } catch {
    // The node is away; the banner says so, and the open conversation stays.
    return;
  }
  if (!answer.ok || answer.redirected) {
    location.assign(url);
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  talk.replaceWith(document.adoptNode(page.querySelector("#talk")));
  document.title = page.title;
  document.body.className = page.body.className;
  if (isNew) history.pushState(null, "", url);
  setUp();
  showPeople(page.querySelector("#people").innerHTML);
  select(person);
  tellWhatIsOpen();
}

function goBack(event) {
  const link = event.target.closest("a.back");
  if (!link) return;
  event.preventDefault();
  open(link.href);
}

// The pane beside the words, where there is room for it; elsewhere the link leads to the person's page.

function toggleDetails(event) {
  const link = event.target.closest("a[data-details]");
  if (!link || !matchMedia("(min-width: 1100px)").matches) return;
  event.preventDefault();
  const root = document.documentElement;
  root.dataset.details = root.dataset.details === "closed" ? "open" : "closed";
}

// A link to a place of this page also moves in the history.
addEventListener("popstate", () => location.pathname === shown || open(location.href, false));

// What the member does with a message that failed or waits.

async function act(event) {
  event.preventDefault();
  const button = event.submitter;
  const answer = await fetch(button.formAction, { method: "POST", body: new FormData(event.target, button) });
  if (answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const sentence = page.querySelector("#refusal:not([hidden])") ?? page.querySelector(".lead");
  composer?.refuse(sentence?.textContent ?? "That did not work. Reload the page and try again.");
}

// What the node says.

const hears = {
  message(frame) {
    if (frame.key) outbox.settle(frame.key);
    if (frame.with !== person || !log) return;
    const row = log.show(frame);
    if (row?.matches(".theirs") && Date.now() - openedAt > SETTLE) {
      const names = [...row.querySelectorAll(".file-name bdi")].map((name) => name.textContent);
      const said = [row.querySelector(".words").textContent, ...names].filter(Boolean).join(", ");
      speaker.textContent = `${talk.dataset.name}: ${said.slice(0, 200)}`;
    }
  },
  state(frame) {
    log?.update(frame.id, frame.html);
  },
  ticks(frame) {
    log?.tick(frame.pks, frame.state);
  },
  draft(frame) {
    if (frame.with === person) composer?.show(frame.text);
  },
  people(frame) {
    showPeople(frame.html);
    notice(document.visibilityState === "visible" && document.hasFocus() ? person : null);
  },
  title(frame) {
    showUnread(frame.unread);
  },
  links(frame) {
    const links = talk.querySelector("#links");
    links.innerHTML = frame.html;
    localise(links);
    showStatus();
  },
  header(frame) {
    const header = talk.querySelector("#header");
    if (!header) return;
    header.innerHTML = frame.html;
    localise(header);
  },
  details(frame) {
    const details = talk.querySelector("#details");
    if (!details) return;
    details.innerHTML = frame.html;
    localise(details);
    tellTimes(details);
  },
  refused(frame) {
    const words = outbox.settle(frame.key);
    if (!words) return;
    if (words.person === person) log.unpend(frame.key);
    takeBack(words, frame.sentence);
  },
  progress(frame) {
    showProgress(frame);
  },
  error(frame) {
    composer?.refuse(frame.sentence);
  },
  resync() {
    open(location.href, false);
  },
  ended() {
    socket.end();
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
  },
};

for (const event of ["visibilitychange", "focus"]) {
  (event === "focus" ? window : document).addEventListener(event, () => {
    if (event === "visibilitychange") {
      composer?.keep();
      tellWhatIsOpen();
    }
    log?.look();
  });
}

addEventListener("online", () => socket.now());
addEventListener("pagehide", () => composer?.keep());

// This page is on its way out by itself, and need not hear that it has ended.
document.querySelector("#sign-off").addEventListener("submit", () => socket.end());

const saw = watchAttention((frame) => socket?.send(frame));
setUp();
startPeople(open);
startSounds();
startPosters();
const notice = startNotices(open);
startKeys({
  open,
  attach: () => tray?.field.click(),
  regions: () => [log?.scroller, composer?.field],
});
socket = new Socket({
  opened() {
    tellWhatIsOpen();
    saw();
    outbox.flush();
    composer?.keep();
    log?.look();
  },
  heard: (frame) => hears[frame.type]?.(frame),
  cut: showCut,
});
