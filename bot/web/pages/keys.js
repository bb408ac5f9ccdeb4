// The keyboard: ? helps, / searches, g and a letter go somewhere.

import { open } from "./dialogs.js";
import { isTyping } from "./words.js";

const WAIT_MS = 1500;
let went = 0;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const search = document.querySelector("[data-search]");
  if (event.timeStamp - went < WAIT_MS) {
    went = 0;
    const link = [...document.querySelectorAll("nav [data-key]")].find((each) => each.dataset.key === event.key);
    if (link) {
      event.preventDefault();
      location.assign(link.href);
      return;
    }
  }
  if (event.key === "?") open("help");
  else if (event.key === "/" && search) search.focus();
  else if (event.key === "g") went = event.timeStamp;
  else return;
  event.preventDefault();
});
