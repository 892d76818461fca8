// The directory: found as one types, by name, position or place.
const field = document.querySelector("#seek");
const nobody = document.querySelector("#nobody");

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Show the people whom all the words fit. */
export function seek() {
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const entry of document.querySelectorAll("#directory .entry")) {
    const fits = words.every((word) => entry.dataset.sought.includes(word));
    entry.hidden = !fits;
    count += fits;
  }
  // The node says so itself where it lists nobody.
  nobody.hidden = count > 0 || !words.length || !document.querySelector("#directory");
  document.querySelector("#found").textContent = count === 1 ? "1 person" : `${count} people`;
}

/** Search as one types; the page's address does not change. */
export function startDirectory() {
  // What was sought without script is sought by it from now on: the page that is drawn next lists everybody.
  if (location.search) history.replaceState(null, "", location.pathname);
  field.addEventListener("input", seek);
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    document.querySelector("#directory .entry:not([hidden]) a")?.click();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    document.querySelector("#directory .entry:not([hidden]) a")?.focus();
  });
  seek();
}
