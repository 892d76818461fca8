// What stands behind the link's # is seen by no server and no log: only the page itself can read it.
const field = document.querySelector('input[name="link"]');
if (field && new URLSearchParams(location.hash.slice(1)).has("token")) {
  field.value = location.href;
  // Out of the address bar and the history, so that nobody reads it over a shoulder later.
  history.replaceState(null, "", location.pathname);
  field.closest(".field").hidden = true;
  document.querySelector('input[name="password"]').focus();
}
