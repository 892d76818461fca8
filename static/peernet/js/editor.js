// The member's own profile: a picture to crop, and the card as others will see it while it is written.
import { Cropper } from "./cropper.js";
import { tellTimes } from "./zones.js";

const WAIT = 250;
const NO_PICTURE = "This file cannot be used as a picture. Choose a JPEG, PNG or WebP photo.";

export function startEditor(form) {
  const preview = document.querySelector("#preview");
  const refusal = document.querySelector("#picture-refusal");
  const input = form.elements.picture;
  let timer, isReady;
  const cropper = new Cropper(document.querySelector("#cropper"), {
    changed() {
      isReady = false;
      paint();
    },
  });

  function paint() {
    const avatar = preview.querySelector(".avatar");
    if (!avatar || !cropper.image) return;
    const canvas = avatar.querySelector("canvas") ?? avatar.insertBefore(document.createElement("canvas"), avatar.firstChild);
    canvas.width = canvas.height = 192;
    canvas.getContext("2d").drawImage(cropper.canvas, 0, 0, 192, 192);
  }

  async function show() {
    const fields = new FormData(form);
    fields.delete("picture");
    let answer = null;
    try {
      answer = await fetch(form.dataset.preview, { method: "POST", body: fields });
    } catch {
      // The node is away. What was typed stays, and the next key tries again.
      return;
    }
    if (answer.status !== 200) return;
    preview.innerHTML = await answer.text();
    tellTimes(preview);
    paint();
  }

  form.addEventListener("input", (event) => {
    if (cropper.box.contains(event.target) || event.target === input) return;
    clearTimeout(timer);
    timer = setTimeout(show, WAIT);
  });

  async function choose() {
    isReady = false;
    refusal.hidden = true;
    if (!input.files.length) return cropper.clear();
    try {
      await cropper.take(input.files[0]);
    } catch {
      cropper.clear();
      input.value = "";
      refusal.textContent = NO_PICTURE;
      refusal.hidden = false;
    }
  }

  input.addEventListener("change", choose);
  // It may have been chosen before this module came, or be kept by a browser that loads the page anew.
  if (input.files.length) choose();

  form.addEventListener("submit", async (event) => {
    if (!cropper.image || isReady) return;
    event.preventDefault();
    const files = new DataTransfer();
    files.items.add(await cropper.file());
    input.files = files.files;
    isReady = true;
    form.requestSubmit();
  });
}
