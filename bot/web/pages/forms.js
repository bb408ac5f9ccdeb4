// Forms: what was typed is not left behind unasked, and the first field that is wrong gets the focus.

import { toast } from "./toasts.js";
import { words } from "./words.js";

const TWICE_MS = 3000;
let sent = new WeakMap();

function isChanged(form) {
  return [...form.elements].some((field) => {
    if (!field.name || ["hidden", "submit", "button"].includes(field.type)) return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((each) => each.defaultSelected));
    return field.value !== field.defaultValue;
  });
}

addEventListener("beforeunload", (event) => {
  // What came back with something wrong is not saved either.
  const unsaved = [...document.querySelectorAll("form[data-guard]")].some((form) => !sent.has(form) && (isChanged(form) || form.hasAttribute("data-wrong")));
  if (unsaved) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!navigator.onLine && form.method === "post") {
    event.preventDefault();
    toast(words.offline);
    return;
  }
  // Pressed twice is meant once.
  const before = sent.get(form);
  if (before && before.by === event.submitter && event.timeStamp - before.at < TWICE_MS) event.preventDefault();
  else sent.set(form, { at: event.timeStamp, by: event.submitter });
  if (!event.defaultPrevented && form.closest("[data-put-off]")) putOff(event);
});

// What is put off is gone from the page, which stays as it is, with what was typed in it.
async function putOff(event) {
  event.preventDefault();
  const form = event.target;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
    if (answer.type !== "opaqueredirect") throw new Error(answer.status);
    form.closest("[data-put-off]").remove();
  } catch {
    unsent(form);
    toast(words.unsent);
  }
}
addEventListener("pageshow", () => { sent = new WeakMap(); });

// What a module posted has not arrived, as far as is known: it may be pressed again at once, and the page asks before it is left.
export const unsent = (form) => sent.delete(form);

document.querySelector("[data-wrong] [aria-invalid=true]")?.focus();

const away = document.getElementById("offline");
for (const kind of ["online", "offline"]) addEventListener(kind, () => { away.hidden = navigator.onLine; });
away.hidden = navigator.onLine;

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
    toast(words.copied);
  });
}
