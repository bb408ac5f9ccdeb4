// What people and the bot wrote, with its links and WhatsApp's marks; never as markup.

import { node } from "./dom.js";

// Addresses as links, as every phone shows them; what stands between goes through `plain`.
export function linked(text, plain) {
  return text.split(/(https?:\/\/[^\s<>"“”]*[^\s<>"“”.,;:!?*_~'’)\]}])/iu).flatMap((part, at) => {
    if (at % 2 === 0) return part ? plain(part) : [];
    return [node("a", { href: part, textContent: part, target: "_blank", rel: "noopener noreferrer" })];
  });
}

// WhatsApp's own marks: *bold*, _italic_, ~struck~, `code`.
export function formatted(text) {
  const marks = { "*": "strong", _: "em", "~": "s", "`": "code" };
  return text.split(/(?<![\p{L}\p{N}])([*_~`](?=\S)[^\n]*?(?<=\S)[*_~`])(?![\p{L}\p{N}])/u).map((part) => {
    if (part.length < 3 || part[0] !== part.at(-1) || !marks[part[0]]) return part;
    return node(marks[part[0]], { textContent: part.slice(1, -1) });
  });
}
