// A sentence about what was just done, with a way to undo it. It waits as long as one looks at it or is in it.

import { clone, words } from "./words.js";

const SECONDS = 8;

// Shows `text`; `act` is { label, run } for a button beside it.
export function toast(text, act = null) {
  const node = clone("t-toast");
  node.firstElementChild.textContent = text;
  const button = node.querySelector(".act");
  if (act) {
    button.textContent = act.label;
    button.hidden = false;
    button.addEventListener("click", () => {
      node.remove();
      act.run();
    });
  }
  node.querySelector(".round").addEventListener("click", () => node.remove());
  put(node);
}

// What could not be fetched: the page itself says why, but without a line to the server what is here stays, and is not left for the
// browser's own page.
export function unfetched(url, error) {
  if (error.message === "away") toast(words.failed);
  else location.assign(url);
}

// What another page of ours has to tell, told here.
export function adopt(page) {
  for (const told of page.querySelectorAll("#toasts > .toast")) put(document.importNode(told, true));
}

// What offers nothing makes way for what comes next, and of what can be undone the one before stays: they would lie over half of the
// page where much is done. Two pages that were asked for at once may have the same to tell.
function put(node) {
  const shown = document.getElementById("toasts");
  const offering = [...shown.children].filter((each) => each.querySelector("form, .act:not([hidden])"));
  for (const each of [...shown.children]) if (each !== offering.at(-1) || each.isEqualNode(node)) each.remove();
  shown.append(node);
  fade(node);
}

function fade(node) {
  let timer;
  const seconds = Math.max(SECONDS, Number(node.dataset.seconds ?? 0));
  const start = () => { timer = setTimeout(() => node.matches(":hover, :focus-within") || node.remove(), seconds * 1000); };
  for (const kind of ["mouseleave", "focusout"]) node.addEventListener(kind, () => { clearTimeout(timer); start(); });
  start();
}

for (const node of document.querySelectorAll(".toast")) fade(node);
