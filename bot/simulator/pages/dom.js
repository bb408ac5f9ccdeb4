// What all modules of the page take: its words, its templates, and the few things they do to nodes.

export const $ = (id) => document.getElementById(id);
export const words = JSON.parse($("words").textContent);
export const locale = document.documentElement.lang;
// Times are told in the zone that the reader chose, else in the browser's.
export const timeZone = document.documentElement.dataset.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;

// The server tells its sentences so.
if (!("zone" in document.documentElement.dataset)) document.cookie = `recado_zone=${timeZone}; path=/; max-age=31536000; samesite=lax`;

export function clone(id) {
  return $(id).content.firstElementChild.cloneNode(true);
}

export function node(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function unseen(text) {
  return node("span", { className: "unseen", textContent: text });
}

export function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

export function random(length, alphabet) {
  const numbers = crypto.getRandomValues(new Uint32Array(length));
  return Array.from(numbers, (number) => alphabet[number % alphabet.length]).join("");
}

// Puts `{name}` of a sentence of ours in place.
export function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}
