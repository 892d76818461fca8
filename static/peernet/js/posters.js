// A film without a picture gets one: the browser draws a moment near its beginning, and the node makes it anew and keeps it.
const EDGE = 1280;
const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

async function draw(film) {
  const probe = document.createElement("video");
  Object.assign(probe, { muted: true, preload: "auto", src: film.src });
  const heard = (kind) =>
    new Promise((resolve, reject) => {
      probe.addEventListener(kind, resolve, { once: true });
      probe.addEventListener("error", reject, { once: true });
    });
  await heard("loadedmetadata");
  const sought = heard("seeked");
  probe.currentTime = Math.min(1, (Number.isFinite(probe.duration) ? probe.duration : 0) / 4);
  await sought;
  const scale = Math.min(1, EDGE / Math.max(probe.videoWidth, probe.videoHeight, 1));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(probe.videoWidth * scale);
  canvas.height = Math.round(probe.videoHeight * scale);
  canvas.getContext("2d").drawImage(probe, 0, 0, canvas.width, canvas.height);
  probe.removeAttribute("src");
  probe.load();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
}

async function give(film) {
  try {
    const body = await draw(film);
    const headers = { "X-CSRFToken": token(), "Content-Type": "application/octet-stream" };
    if (body) await fetch(film.dataset.poster, { method: "POST", headers, body });
  } catch {
    // This browser cannot play it. The card is there, and the file can be saved.
  }
}

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    give(target);
  }
});

function look(root) {
  for (const film of root.querySelectorAll("video[data-poster]")) watcher.observe(film);
}

/** Give a picture to every film of this page, and of what is added to it later. */
export function startPosters() {
  look(document.body);
  new MutationObserver((records) => {
    for (const record of records) {
      for (const node of record.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) look(node);
    }
  }).observe(document.body, { childList: true, subtree: true });
}
