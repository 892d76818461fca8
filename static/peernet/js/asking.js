// Asks somebody's node for their profile when our copy is old. The node judges whether it is time.

/** Ask for the profile that an element shows, if its copy is old. */
export function askIfDue(root) {
  const element = root.querySelector("[data-ask]");
  if (!element) return;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  // The answer comes by the page's socket; a node that is away now is asked the next time.
  fetch(element.dataset.ask, { method: "POST", body: new URLSearchParams({ csrfmiddlewaretoken: token }) }).catch(() => {});
}
