// A document is read over the page that it was sent in, in a frame with rules of its own.
const dialog = document.querySelector("#reader");
let opener = null;

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.page-one, a[data-reader]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  opener = link;
  const frame = document.createElement("iframe");
  frame.title = "Document";
  frame.src = link.href;
  frame.addEventListener("load", () => frame.focus());
  dialog.replaceChildren(frame);
  dialog.showModal();
});

addEventListener("message", (event) => {
  if (event.origin === location.origin && event.data === "leave-reader") dialog.close();
});

dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  opener?.focus();
});
