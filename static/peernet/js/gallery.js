// The gallery: further ones come by themselves, arrows move between pictures, and each opens large.
import "./frame.js";
import "./light.js";
import { localise } from "./times.js";

const gallery = document.querySelector("#gallery");
localise(gallery);

/** Put what follows behind what is shown; a month that goes on stays one month. */
async function loadOlder(older) {
  const answer = await fetch(older.querySelector("a").href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  older.remove();
  for (const part of [...page.querySelector("#gallery").children]) {
    localise(part);
    const last = gallery.lastElementChild;
    if (part.dataset.month && part.dataset.month === last?.dataset.month) {
      last.querySelector("ul").append(...part.querySelectorAll("ul > li"));
    } else gallery.append(document.adoptNode(part));
  }
  watch();
}

function watch() {
  const older = gallery.querySelector(".older");
  if (!older) return;
  const watcher = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      loadOlder(older);
    },
    { rootMargin: "600px" },
  );
  watcher.observe(older);
}
watch();

// In a grid, arrows lead to the neighbours, up and down to the next row.

gallery.addEventListener("keydown", (event) => {
  const link = event.target.closest(".grid a, .rows a");
  const way = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!link || !way) return;
  event.preventDefault();
  const links = [...gallery.querySelectorAll(".grid a, .rows li a:first-of-type")];
  const at = links.indexOf(link.closest("li").querySelector("a"));
  const isDown = event.key === "ArrowUp" || event.key === "ArrowDown";
  (isDown ? rowBeside(links, at, way) : links[at + way])?.focus();
});

function rowBeside(links, at, way) {
  const here = links[at].getBoundingClientRect();
  const beyond = (way > 0 ? links.slice(at + 1) : links.slice(0, at).reverse()).filter(
    (each) => way * (each.getBoundingClientRect().top - here.top) > 4,
  );
  const row = beyond.filter((each) => Math.abs(each.getBoundingClientRect().top - beyond[0].getBoundingClientRect().top) < 4);
  const far = (each) => Math.abs(each.getBoundingClientRect().left - here.left);
  return row.sort((one, other) => far(one) - far(other))[0];
}
