// The keyboard: ? helps, / searches, g and a letter go somewhere, Escape goes back to the list.

import { open } from "./dialogs.js";
import { isTyping } from "./words.js";

const WAIT_MS = 1500;
let went = -Infinity;

// Back leads to the list with its filters and its place in it; who came by a link goes to its beginning.
function up(link) {
  const cameFrom = document.referrer && new URL(document.referrer);
  if (cameFrom && cameFrom.origin === location.origin && cameFrom.pathname === new URL(link.href).pathname) history.back();
  else location.assign(link.href);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-up]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  up(link);
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const search = document.querySelector("[data-search]");
  if (event.timeStamp - went < WAIT_MS) {
    went = -Infinity;
    const link = [...document.querySelectorAll("nav [data-key]")].find((each) => each.dataset.key === event.key);
    if (link) {
      event.preventDefault();
      location.assign(link.href);
      return;
    }
  }
  const list = document.querySelector("a[data-up]");
  if (event.key === "Escape" && list && !document.querySelector(":popover-open, details[data-drop][open], [data-rows] .choose :checked")) up(list);
  else if (event.key === "?") open("help");
  else if (event.key === "/" && search) search.focus();
  else if (event.key === "g") went = event.timeStamp;
  else return;
  event.preventDefault();
});
