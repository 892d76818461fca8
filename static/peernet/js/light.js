// Pictures and films large: arrows to the next one, closer and back, saved, and out with Esc.
const light = document.querySelector("#light");
let picture = light.querySelector("img");
const film = light.querySelector("video");
const zoom = light.querySelector("[data-zoom]");
const SWIPE = 48;
let opener = null;

const all = () => [...document.querySelectorAll("a.picture")];

function show(link) {
  opener = link;
  const isFilm = Boolean(link.dataset.film);
  const name = link.dataset.name ?? link.querySelector("img").alt;
  closer(false);
  film.pause();
  picture.hidden = isFilm;
  film.hidden = !isFilm;
  zoom.disabled = isFilm;
  if (isFilm) {
    film.src = link.dataset.film;
    film.setAttribute("aria-label", name);
  } else {
    picture.src = link.dataset.light;
    picture.alt = name;
    if (link.dataset.original) sharpen(link);
  }
  light.querySelector("[data-name]").textContent = name;
  light.querySelector("[data-save]").href = link.href;
  const links = all();
  light.querySelector("[data-before]").disabled = links.indexOf(link) <= 0;
  light.querySelector("[data-after]").disabled = links.indexOf(link) >= links.length - 1;
}

// The small picture is there at once; the one that was sent takes its place when all of it has come.
async function sharpen(link) {
  const original = new Image();
  original.src = link.dataset.original;
  try {
    await original.decode();
  } catch {
    return; // what the browser cannot show stays small
  }
  if (opener !== link || !light.open || picture.hidden) return;
  original.alt = picture.alt;
  original.className = picture.className;
  picture.replaceWith(original);
  picture = original;
}

function step(by) {
  const links = all();
  const next = links[links.indexOf(opener) + by];
  if (next) show(next);
}

function closer(isClose) {
  picture.classList.toggle("close", isClose);
  zoom.setAttribute("aria-pressed", isClose);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.picture");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(link);
  light.showModal();
});

light.addEventListener("click", (event) => {
  if (event.target.closest("[data-before]")) step(-1);
  else if (event.target.closest("[data-after]")) step(1);
  else if (event.target === picture || event.target.closest("[data-zoom]")) closer(!picture.matches(".close"));
  else if (event.target.closest("[data-close]") || event.target.matches("#light, .stage")) light.close();
});

light.addEventListener("keydown", (event) => {
  // The player has keys of its own.
  if (event.target === film) return;
  if (event.key === "ArrowLeft") step(-1);
  else if (event.key === "ArrowRight") step(1);
  else if ((event.key === "+" || event.key === "-") && !picture.hidden) closer(event.key === "+");
});

// On a phone, a finger leads to the next one; where the picture is large, it moves the picture.
let touched = null;
light.addEventListener("touchstart", (event) => (touched = event.touches.length === 1 ? event.touches[0] : null), {
  passive: true,
});
light.addEventListener(
  "touchend",
  (event) => {
    if (!touched || picture.matches(".close") || event.target === film) return;
    const across = event.changedTouches[0].clientX - touched.clientX;
    const down = event.changedTouches[0].clientY - touched.clientY;
    if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(down)) step(across > 0 ? -1 : 1);
  },
  { passive: true },
);

light.addEventListener("close", () => {
  picture.removeAttribute("src");
  film.pause();
  film.removeAttribute("src");
  film.load();
  opener?.focus();
});
