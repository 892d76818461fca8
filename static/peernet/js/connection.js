// What the page says about its way to the node, and the node's to the login server.
const status = document.querySelector("#status");

export function showStatus(cut = false) {
  const isBroken = cut || document.querySelector('#links [data-which="server"]') !== null;
  status.classList.toggle("broken", isBroken);
  status.querySelector("[data-text]").textContent = cut ? "Not connected" : isBroken ? "On your own" : "Connected";
}

/** The node does not answer, and is tried again in so many seconds; null when it answers. */
export function showCut(seconds) {
  const banner = document.querySelector("#cut");
  banner.hidden = seconds === null;
  if (seconds !== null) {
    const when = seconds ? `trying again in ${seconds} s` : "trying again now";
    banner.querySelector("[data-text]").textContent =
      `Your node does not answer: ${when}. What you write meanwhile waits in this page.`;
  }
  showStatus(seconds !== null);
}
