// Files beside the words: those that go out, those that came, and why one could not be kept.

import { clone, words } from "./dom.js";

// Draws the files anew only where one has changed: a link is another one after a while, and a sound may be playing.
// A picture takes its room only once it is there: `follow` says whether the end is to stay in sight, `toEnd` sees to it.
export function drawFiles(message, files, follow, toEnd) {
  const drawn = JSON.stringify(files.map(({ type, name, problem, url }) => [type, name, problem, Boolean(url)]));
  const place = message.querySelector(".files");
  if ((place.dataset.drawn ?? "[]") === drawn) return;
  place.dataset.drawn = drawn;
  place.replaceChildren(...files.map((file) => fileNode(file, follow, toEnd)));
}

export function fileLabel({ type, name }) {
  return [words.files[type] ?? words.files.document, name].filter(Boolean).join(": ");
}

export function waitingFile({ name, type }) {
  const kind = type.split("/")[0];
  return { type: kind in words.files ? kind : "document", name, url: "", problem: "" };
}

export function inBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}

function fileNode(file, follow, toEnd) {
  const label = fileLabel(file);
  if (!file.url) return fileProblem(label, file.problem);
  const tag = { image: "img", sticker: "img", audio: "audio", video: "video" }[file.type];
  if (!tag) return fileLink(file, label);
  const shown = document.createElement(tag);
  if (tag === "img") {
    shown.alt = label;
    const stay = follow();
    shown.addEventListener("load", () => { if (stay) toEnd(); });
  } else {
    shown.controls = true;
    shown.preload = "metadata";
    shown.setAttribute("aria-label", label);
  }
  // Not every browser shows every type; it can still be saved.
  shown.addEventListener("error", () => shown.replaceWith(fileLink(file, label)), { once: true });
  shown.src = file.url;
  return shown;
}

function fileLink(file, label) {
  const link = clone("t-file");
  link.href = file.url;
  link.querySelector("bdi").textContent = file.name || label;
  return link;
}

function fileProblem(label, problem) {
  const told = clone("t-file-problem");
  told.querySelector("bdi").textContent = label;
  told.querySelector("small").textContent = problem;
  return told;
}
