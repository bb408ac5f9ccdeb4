// Times go on, and are told in the browser's zone unless somebody chose another one.

import { locale, words } from "./words.js";

const root = document.documentElement;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const elsewhere = !("zoneChosen" in root.dataset) && zone && zone !== root.dataset.zone;
const shownIn = elsewhere ? zone : root.dataset.zone;
const away = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
const day = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", timeZone: shownIn });
const dated = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: shownIn });
const full = new Intl.DateTimeFormat(locale, { year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "longOffset", timeZone: shownIn });
const MINUTE = 60_000;

// The server tells the next page's times so.
if (elsewhere) document.cookie = `recado_zone=${zone}; path=/; max-age=31536000; samesite=lax`;

// Rounded as the server does; where there is little room, what has passed is told in few letters.
function near(milliseconds, form) {
  const [count, unit] = Math.abs(milliseconds) < 60 * MINUTE ? [milliseconds / MINUTE, "minute"] : [milliseconds / MINUTE / 60, "hour"];
  const rounded = Math.round(Math.abs(count));
  if (form === "passed" && count < 0) return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" }).format(rounded);
  return away.format(Math.sign(count) * rounded, unit);
}

function tell() {
  for (const node of document.querySelectorAll("time[datetime]")) {
    const shown = node.querySelector("[data-moment]");
    if (!shown) continue;
    const at = new Date(node.dateTime);
    const [form, until] = [shown.dataset.moment, at - Date.now()];
    if (Math.abs(until) < MINUTE) shown.textContent = words.just_now;
    else if (Math.abs(until) < 24 * 60 * MINUTE) shown.textContent = near(until, form);
    else if (elsewhere || form !== "day") shown.textContent = (at.getFullYear() === new Date().getFullYear() ? day : dated).format(at);
    if (elsewhere) {
      node.title = full.format(at);
      shown.nextElementSibling.textContent = ` (${node.title})`;
    }
  }
}

tell();
setInterval(() => document.hidden || tell(), MINUTE);
