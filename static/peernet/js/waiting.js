// Some answers take seconds, on purpose: hashing is slow so that guessing is. The page says so, and asks once only.
for (const form of document.querySelectorAll("form[data-waits]")) {
  const button = form.querySelector("button.primary");
  const status = document.createElement("p");
  status.className = "hint waiting";
  status.role = "status";
  form.append(status);
  form.addEventListener("submit", () => {
    status.textContent = form.dataset.waits;
    button.disabled = true;
  });
  // The way back shows this page as it was left.
  addEventListener("pageshow", () => {
    status.textContent = "";
    button.disabled = false;
  });
}
