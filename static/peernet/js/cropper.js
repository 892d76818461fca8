// The member's photo, moved and sized under a square: only that square leaves the browser.
const SIDE = 640;
const STEP = 8;

export class Cropper {
  /** `changed()` is called whenever the square shows something else. */
  constructor(box, { changed }) {
    this.box = box;
    this.changed = changed;
    this.canvas = box.querySelector("canvas");
    this.slider = box.querySelector("input");
    this.canvas.width = this.canvas.height = SIDE;
    this.image = null;
    this.listen();
  }

  /** Show a file. Throws when it is no image. */
  async take(file) {
    // Not an address of our own making: the page's policy allows none but the node's.
    this.image = await createImageBitmap(file, { imageOrientation: "from-image" });
    this.slider.value = 100;
    this.x = this.image.width / 2;
    this.y = this.image.height / 2;
    this.box.hidden = false;
    this.draw();
  }

  clear() {
    this.image = null;
    this.box.hidden = true;
  }

  /** How much of the photo the square covers, in its own pixels. */
  get span() {
    return (Math.min(this.image.width, this.image.height) * 100) / Number(this.slider.value);
  }

  draw() {
    const span = this.span;
    this.x = Math.min(Math.max(this.x, span / 2), this.image.width - span / 2);
    this.y = Math.min(Math.max(this.y, span / 2), this.image.height - span / 2);
    const context = this.canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, SIDE, SIDE);
    context.imageSmoothingQuality = "high";
    context.drawImage(this.image, this.x - span / 2, this.y - span / 2, span, span, 0, 0, SIDE, SIDE);
    this.changed();
  }

  move(dx, dy) {
    if (!this.image) return;
    this.x += dx;
    this.y += dy;
    this.draw();
  }

  listen() {
    this.slider.addEventListener("input", () => this.image && this.draw());
    this.canvas.addEventListener("pointermove", (event) => {
      if (!event.buttons || !this.image) return;
      this.canvas.setPointerCapture(event.pointerId);
      const scale = this.span / this.canvas.clientWidth;
      this.move(-event.movementX * scale, -event.movementY * scale);
    });
    this.canvas.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      const grow = { "+": 10, "=": 10, "-": -10 }[event.key];
      if (by) this.move(...by.map((each) => (each * this.span * STEP) / 200));
      else if (grow && this.image) {
        this.slider.value = Number(this.slider.value) + grow;
        this.draw();
      } else return;
      event.preventDefault();
    });
  }

  /** The square as a file. */
  file() {
    return new Promise((resolve, reject) => {
      this.canvas.toBlob(
        (blob) => (blob ? resolve(new File([blob], "picture.jpg", { type: blob.type })) : reject(new Error("no picture"))),
        "image/jpeg",
        0.92,
      );
    });
  }
}
