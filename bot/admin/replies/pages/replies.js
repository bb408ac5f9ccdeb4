// What becomes of a saved reply follows what is typed, and a variable that is pressed stands where one writes.

import { posted } from "../../web/documents.js";

const WAIT = 300;
const field = document.getElementById("f-content");
const preview = document.getElementById("preview");
let timer = null;

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(show, WAIT);
});

async function show() {
  const words = field.value;
  try {
    const page = await posted("/replies/preview", new URLSearchParams(new FormData(field.form)));
    const now = page.getElementById("preview");
    if (now && field.value === words) preview.replaceChildren(...[...now.childNodes].map((node) => document.importNode(node, true)));
  } catch {
    // What was shown stays; the next letter asks again.
  }
}

for (const word of document.querySelectorAll("[data-insert]")) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: word.className });
  button.append(...word.childNodes);
  button.addEventListener("click", () => {
    field.setRangeText(word.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  word.replaceWith(button);
}
