// Times in the reader's own zone and language. The server's text stands until this has run.
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const shortDay = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const shortDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
// Behind a whole time of the same day.
const until = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

const day = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
const daysAgo = (moment) => Math.round((day(new Date()) - day(moment)) / 86_400_000);

function dayName(moment, long) {
  const ago = daysAgo(moment);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  if (ago > 1 && ago < 7) return (long ? weekday : shortDay).format(moment);
  return (long ? date : shortDate).format(moment);
}

/** Write every time inside an element as people read it. */
export function localise(root) {
  for (const element of root.querySelectorAll("time")) {
    const text = element.getAttribute("datetime");
    // A bare date is a day here, not midnight in Greenwich.
    const moment = new Date(text.length === 10 ? `${text}T00:00` : text);
    if (Number.isNaN(moment.getTime())) continue;
    const { dayName: isDay, clock: isClock, short, ago } = element.dataset;
    if (isClock !== undefined) element.textContent = clock.format(moment);
    if (isDay !== undefined) element.textContent = dayName(moment, true);
    if (short !== undefined) element.textContent = daysAgo(moment) ? dayName(moment, false) : clock.format(moment);
    if (ago !== undefined) element.textContent = `${dayName(moment, true).toLowerCase()}, ${clock.format(moment)}`;
    if (element.dataset.until !== undefined) element.textContent = until.format(moment);
    if (element.dataset.when !== undefined) element.textContent = whole.format(moment);
    if (element.dataset.whole !== undefined) element.textContent = exact.format(moment);
    if (isDay === undefined) element.title = whole.format(moment);
  }
}
