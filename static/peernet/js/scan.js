// The square code on the other's screen, by camera or photo. The browser reads it where it can, else the node does.
const SIDE = 1280;
const PAUSE = 500;

const form = document.querySelector("#scan");

/** Let the camera or a photo find the code of this form. */
function startScan(form) {
  const finder = form.querySelector("#finder");
  const button = form.querySelector("#camera");
  const photo = form.querySelector("input[type=file]");
  const refusal = form.querySelector("#scan-refusal");
  const canvas = document.createElement("canvas");
  let stream = null;

  const refuse = (sentence) => {
    refusal.textContent = sentence;
    refusal.hidden = !sentence;
  };

  function end() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    finder.hidden = true;
    button.textContent = "Use the camera";
  }

  /** Ask the node whether this is the code, and tell whether the search is over. */
  async function ask(fields) {
    const body = new FormData(form);
    body.delete("photo");
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const answer = await fetch(form.action, { method: "POST", body });
    if (answer.status === 204) location.reload();
    else if (answer.status !== 422) refuse(await answer.text());
    return { over: answer.status !== 422, sentence: answer.status === 422 ? await answer.text() : "" };
  }

  /** Look for a code in something drawable, small enough to send. */
  async function look(drawable, width, height) {
    const scale = Math.min(1, SIDE / Math.max(width, height));
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.getContext("2d").drawImage(drawable, 0, 0, canvas.width, canvas.height);
    const code = await codeIn(canvas);
    if (code) return ask({ code });
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return ask({ photo: new File([blob], "code.jpg") });
  }

  async function watch() {
    while (stream) {
      if (finder.videoWidth) {
        const { over } = await look(finder, finder.videoWidth, finder.videoHeight);
        if (over) return end();
      }
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  button.hidden = !navigator.mediaDevices?.getUserMedia;
  button.addEventListener("click", async () => {
    refuse("");
    if (stream) return end();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return refuse("There is no camera that this page may use. Choose a photo, or compare the digits by eye.");
    }
    finder.srcObject = stream;
    finder.hidden = false;
    button.textContent = "Stop the camera";
    await finder.play();
    watch().catch(() => end());
  });

  photo.addEventListener("change", async () => {
    refuse("");
    if (!photo.files.length) return;
    try {
      const image = await createImageBitmap(photo.files[0], { imageOrientation: "from-image" });
      refuse((await look(image, image.width, image.height)).sentence || refusal.textContent);
    } catch {
      refuse("This file is no picture that can be read. Choose a JPEG, PNG or WebP photo.");
    }
    photo.value = "";
  });
}

async function codeIn(canvas) {
  try {
    if (!("BarcodeDetector" in window)) return "";
    const found = await new BarcodeDetector({ formats: ["qr_code"] }).detect(canvas);
    return found.map((each) => each.rawValue).find((text) => text.startsWith("peernet-safety-1:")) ?? "";
  } catch {
    return "";
  }
}

if (form) startScan(form);
