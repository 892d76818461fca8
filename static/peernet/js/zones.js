// The time at other people's desks.
const formats = new Map();
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

function format(zone) {
  if (!formats.has(zone)) {
    try {
      formats.set(zone, new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", timeZone: zone }));
    } catch {
      // This browser does not know the zone: the node's own words stay.
      formats.set(zone, null);
    }
  }
  return formats.get(zone);
}

/** Write the local times and the dates inside an element. */
export function tellTimes(root = document) {
  const now = new Date();
  for (const element of root.querySelectorAll("time[data-zone]")) {
    const told = format(element.dataset.zone)?.format(now);
    if (told && told !== element.textContent) element.textContent = told;
    element.title = "";
  }
  for (const element of root.querySelectorAll("time[data-date]")) {
    element.textContent = date.format(new Date(element.getAttribute("datetime")));
  }
}

/** Keep them right. */
export function startTimes() {
  tellTimes();
  setInterval(tellTimes, 15_000);
}
