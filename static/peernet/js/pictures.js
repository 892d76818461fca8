// Pictures of people over their initials. The node lets nobody keep a copy of them, so each is fetched once and
// drawn wherever it is needed, at once: a list that is drawn anew does not flicker.
const MOST = 2000;
const pictures = new Map();

function load(url) {
  if (!pictures.has(url)) {
    const image = new Image();
    const loading = new Promise((resolve) => {
      image.addEventListener("load", () => resolve(image));
      image.addEventListener("error", () => resolve(null));
    });
    image.src = url;
    pictures.set(url, { image, loading });
    if (pictures.size > MOST) pictures.delete(pictures.keys().next().value);
  }
  return pictures.get(url);
}

function paint(avatar, image) {
  if (!image?.naturalWidth || avatar.querySelector("canvas")) return;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = avatar.matches(".large") ? 192 : 88;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  avatar.prepend(canvas);
}

async function show(avatar) {
  const { image, loading } = load(avatar.dataset.picture);
  if (image.complete) paint(avatar, image);
  else paint(avatar, await loading);
}

// A long list fetches only what is nearly in view.
const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      show(target);
    }
  },
  { rootMargin: "400px" },
);

function look(root) {
  const avatars = [...root.querySelectorAll(".avatar[data-picture]")];
  if (root.matches?.(".avatar[data-picture]")) avatars.push(root);
  for (const avatar of avatars) {
    if (pictures.get(avatar.dataset.picture)?.image.complete) show(avatar);
    else watcher.observe(avatar);
  }
}

/** Draw the pictures of this page, and of everything that is added to it later. */
export function startPictures() {
  look(document.body);
  new MutationObserver((records) => {
    for (const record of records) {
      for (const node of record.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) look(node);
    }
  }).observe(document.body, { childList: true, subtree: true });
}
