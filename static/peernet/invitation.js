// The token stands behind the link's #, where no server and no log sees it: only the page itself can read it.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
const field = document.querySelector('input[name="token"]');
if (token && field && field.type !== "hidden") {
  field.value = token;
  // Out of the address bar and the history, so that nobody reads it over a shoulder later.
  history.replaceState(null, "", location.pathname);
  field.closest(".field").hidden = true;
  document.querySelector('input[name="password"]').focus();
}
