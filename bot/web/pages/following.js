// Lists that follow what happens: `data-live` names the topics. A row that is there changes where it stands; new ones come in
// only where nothing moves that somebody is about to press, else they gather behind a button.

import { fetched, said } from "./documents.js";
import { count } from "./listing.js";
import { live, onLine } from "./live.js";
import { clone, words } from "./words.js";

const TOP_PIXELS = 80;

const list = document.querySelector("[data-live]");
if (list) follow(list);

function follow(list) {
  const body = list.querySelector("tbody");
  const newer = clone("t-newer");
  newer.hidden = true;
  list.before(newer);
  let page = null;
  newer.addEventListener("click", () => {
    show(list, body, page);
    newer.hidden = true;
    body.querySelector(".open")?.focus();
  });

  live(list.dataset.live.split(" "), async () => {
    page = await fetched(location.href);
    const fresh = rowsOf(page);
    const counted = page.querySelector(".toolbar > .count");
    if (counted) document.querySelector(".toolbar > .count")?.replaceChildren(counted.textContent);
    const shown = new Map([...body.children].map((row) => [row.dataset.id, row]));
    const unknown = fresh.filter((row) => !shown.has(row.dataset.id));
    fresh.forEach((row) => shown.has(row.dataset.id) && change(shown.get(row.dataset.id), row));
    if (unknown.length && isLeftAlone(list)) show(list, body, page);
    else newer.textContent = words.newer.replace("{count}", unknown.length);
    newer.hidden = !unknown.length || isLeftAlone(list);
  });
  onLine((stands) => { document.getElementById("away").hidden = stands; });
}

// Whether nobody reads further down, points at a row, is in one or has chosen some.
function isLeftAlone(list) {
  return scrollY < TOP_PIXELS && !list.matches(":hover, :focus-within") && !list.querySelector("tbody .choose :checked");
}

// What a row says now; what is chosen, and where the focus is, stays.
function change(row, now) {
  if (said(row) === said(now)) return;
  const isIn = row.contains(document.activeElement);
  const cells = [...now.children].map((cell) => document.importNode(cell, true));
  const from = row.querySelector(".choose") ? 1 : 0;
  [...row.children].slice(from).forEach((cell, at) => cell.replaceWith(cells[at + from]));
  if (isIn && !row.contains(document.activeElement)) row.querySelector(".open")?.focus();
}

function rowsOf(page) {
  return [...page.querySelectorAll("[data-rows] tbody > tr")];
}

// The first rows as they are now; those that were shown below them stay, for the way to more leads on behind the last one.
function show(list, body, page) {
  const chosen = new Set([...body.querySelectorAll(".choose :checked")].map((box) => box.value));
  const rows = rowsOf(page);
  const shown = [...body.children];
  const end = shown.findIndex((row) => row.dataset.id === rows.at(-1).dataset.id);
  if (end < 0) {
    document.querySelector(".pager")?.remove();
    const pager = page.querySelector(".pager");
    if (pager) list.after(document.importNode(pager, true));
  }
  const ids = new Set(rows.map((row) => row.dataset.id));
  const below = end < 0 ? [] : shown.slice(end + 1).filter((row) => !ids.has(row.dataset.id));
  body.replaceChildren(...rows.map((row) => document.importNode(row, true)), ...below);
  body.querySelectorAll(".choose input").forEach((box) => { box.checked = chosen.has(box.value); });
  count(list);
}
