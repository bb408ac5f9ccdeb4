// Files beside what one writes: put there as soon as they are chosen, dropped or pasted.

import { toast } from "../../web/toasts.js";

const hasFiles = (event) => [...event.dataTransfer.types].includes("Files");

// Dropped elsewhere, or on a note, a file would take the place of the page.
addEventListener("dragover", (event) => {
  if (event.defaultPrevented || !hasFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
});

/** Let files be given to the form; what is typed in it stays. */
export function takeFiles(form) {
  const field = form.querySelector("[data-attaches]");
  if (!field) return;
  const attach = () => {
    if (!field.files.length) return;
    // A server that does not take so much cuts the line, and the browser knows no reason.
    const bytes = [...field.files].reduce((sum, file) => sum + file.size, 0);
    if (bytes <= Number(field.dataset.most)) return form.requestSubmit(form.querySelector("[data-attach]"));
    field.value = "";
    toast(field.dataset.tooMuch);
  };
  const isNote = () => form.elements.mode.value === "note";
  const given = (event, files) => {
    if (!files.length || isNote()) return;
    event.preventDefault();
    const all = new DataTransfer();
    for (const each of files) all.items.add(each);
    field.files = all.files;
    attach();
  };
  field.addEventListener("change", (event) => { event.stopPropagation(); attach(); });
  form.addEventListener("paste", (event) => given(event, event.clipboardData.files));
  form.addEventListener("dragover", (event) => {
    if (!hasFiles(event) || isNote()) return;
    event.preventDefault();
    form.classList.add("dropping");
  });
  form.addEventListener("dragleave", () => form.classList.remove("dropping"));
  form.addEventListener("drop", (event) => {
    form.classList.remove("dropping");
    given(event, event.dataTransfer.files);
  });
}

/** What a template says is shown with what is filled in; and the list of them is sought through. */
export function showFilled(panes) {
  panes.addEventListener("input", ({ target }) => {
    if (target.dataset.fills) {
      for (const blank of panes.querySelectorAll(`[data-blank="${CSS.escape(target.dataset.fills)}"]`)) {
        blank.textContent = target.value.trim() || `{{${blank.dataset.blank.split(".").pop()}}}`;
      }
    } else if ("seeks" in target.dataset) {
      const sought = target.value.trim().toLowerCase();
      for (const row of panes.querySelectorAll(".templates li")) row.hidden = !row.textContent.toLowerCase().includes(sought);
    }
  });
}
