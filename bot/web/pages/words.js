// What the modules say, in the reader's language: the layout brings it along.

export const words = JSON.parse(document.getElementById("words").textContent);
export const locale = document.documentElement.lang;

export function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

// Whether somebody types just now, so that a letter is a letter.
export function isTyping(node) {
  return node?.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") != null;
}
