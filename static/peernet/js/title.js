// The number of unread messages in the tab's title and on its icon.
const icon = document.querySelector('link[rel="icon"]');
const plain = icon.href;
const badge = new URL(icon.dataset.badge, location.href).href;

/** Show how many messages are unread. */
export function showUnread(count) {
  const name = document.title.replace(/^\(\d+\) /, "");
  document.title = count ? `(${count}) ${name}` : name;
  const href = count ? badge : plain;
  if (icon.href !== href) icon.href = href;
}
