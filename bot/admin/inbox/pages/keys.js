// The keys of the inbox: Alt and a letter, but for who types; Escape goes back from where one types, then from the conversation to
// the list.

import { isTyping } from "../../web/words.js";

const KEYS = {
  KeyJ: (inbox, open) => step(inbox, open, 1),
  KeyK: (inbox, open) => step(inbox, open, -1),
  KeyE: (inbox) => inbox.querySelector("[data-key=e] button")?.click(),
  KeyM: (inbox) => drop(inbox, "m"),
  KeyP: (inbox) => write(inbox, "note"),
  KeyL: (inbox) => write(inbox, "reply"),
};

/** Take them; `open(url)` shows a conversation, `close()` leaves the one that is shown. */
export function takeKeys(inbox, open, close) {
  // Before the frame's own keys, which would leave the page.
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("#composer")) {
      event.preventDefault();
      event.target.form.requestSubmit(event.target.form.querySelector("[data-sends]"));
    } else if (event.key === "Enter" && event.target.matches("#composer input:not([type=file])")) {
      // Chromium would press the first button that can be pressed, which sends and resolves.
      event.preventDefault();
    } else if (event.key === "Escape") {
      if (event.target.closest("[data-drop][open]") || inbox.querySelector("#rows .choose :checked")) return;
      if (location.hash === "#person") location.hash = "#talking";
      else if (isTyping(event.target)) event.target.blur();
      else if (inbox.dataset.open) close();
      else return;
      event.preventDefault();
    } else if (event.altKey && !event.ctrlKey && !event.metaKey && KEYS[event.code] && !isTyping(event.target)) {
      event.preventDefault();
      KEYS[event.code](inbox, open);
    }
  }, { capture: true });
}

/** Let somebody write a `reply` or a `note`. */
export function write(inbox, mode) {
  const way = inbox.querySelector(`#composer [name=mode][value=${mode}]`);
  if (way) way.click();
  inbox.querySelector(`#composer textarea[data-mode=${mode}]`)?.focus();
}

function step(inbox, open, by) {
  const links = [...inbox.querySelectorAll("#rows .open")];
  const at = links.findIndex((link) => link.ariaCurrent === "true");
  const link = links[Math.max(0, Math.min(links.length - 1, at + by))];
  if (!link || link.ariaCurrent === "true") return;
  link.scrollIntoView({ block: "nearest" });
  open(link.href);
}

function drop(inbox, key) {
  const menu = inbox.querySelector(`[data-key=${key}]`);
  if (!menu) return;
  menu.open = true;
  menu.querySelector(".menu button")?.focus();
}
