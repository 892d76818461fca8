// Notices outside the page, for new words that nobody sees. The browser is asked only after a click, and the notice
// names the person but not the words: it passes through the system, and may show on a locked screen.

const button = document.querySelector("#notify");
const list = document.querySelector("#people");
let unread = counts();

function counts() {
  return new Map(
    [...list.querySelectorAll(".person")].map((row) => [row.dataset.person, Number(row.dataset.unread ?? 0)]),
  );
}

/** `open(url)` is called when a notice is clicked. */
export function startNotices(open) {
  const isAsked = !("Notification" in window) || Notification.permission !== "default";
  button.hidden = isAsked;
  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    button.hidden = Notification.permission !== "default";
  });
  return function notice(seen) {
    const before = unread;
    unread = counts();
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    // The member asked not to be disturbed; the counts go on.
    if (list.querySelector("[data-silent]")) return;
    for (const [person, count] of unread) {
      if (count > (before.get(person) ?? 0) && person !== seen) tell(person, count, open);
    }
  };
}

function tell(person, count, open) {
  const row = list.querySelector(`.person[data-person="${CSS.escape(person)}"]`);
  const name = row.querySelector(".name").textContent;
  const notice = new Notification(name, {
    body: count === 1 ? "A new message" : `${count} new messages`,
    icon: document.querySelector('link[rel="icon"]').href,
    // One for each conversation, also where several tabs are open.
    tag: `peernet-${person}`,
  });
  notice.addEventListener("click", () => {
    window.focus();
    open(row.href);
    notice.close();
  });
}
