// Backup codes onto paper or into a safe place.
const codes = [...document.querySelectorAll("#codes code")].map((code) => code.textContent).join("\n");
const copy = document.querySelector("#copy");
const print = document.querySelector("#print");

copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(codes);
  document.querySelector("#copied").textContent = "Copied";
});
print.hidden = false;
print.addEventListener("click", () => window.print());
