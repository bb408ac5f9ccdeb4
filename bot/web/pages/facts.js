// What is known of one thing follows what happens to it: `data-facts` names the topics, `data-of` its id. A part in which
// somebody is about to press something, or has a dialog open, stays as it is until they have left it.

import { fetched, here, said } from "./documents.js";
import { live, onLine } from "./live.js";

const parts = [...document.querySelectorAll("[data-facts]")];
if (parts.length) follow(parts);

function follow(parts) {
  const { facts, of } = parts[0].dataset;
  const topics = facts.split(" ");
  live(topics, async (hints) => {
    if (hints && !topics.some((topic) => hints.get(topic) === null || hints.get(topic)?.includes(of))) return;
    const page = await fetched(here());
    for (const part of parts) {
      const now = page.getElementById(part.id);
      if (!now || said(part) === said(now) || part.matches(":hover, :focus-within") && part.querySelector("form, a")) continue;
      if (part.querySelector("dialog[open]")) continue;
      part.replaceChildren(...[...now.childNodes].map((node) => document.importNode(node, true)));
    }
  });
  onLine((stands) => { document.getElementById("away").hidden = stands; });
}
