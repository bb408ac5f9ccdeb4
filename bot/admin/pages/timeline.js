// A conversation that follows what happens: a message that is there changes where it stands, new ones come in below.
// What is older comes in above without a new page. What somebody reads or types stays where it is.

import { fetched, here } from "../web/documents.js";
import { live, onLine } from "../web/live.js";

const contact = location.pathname.split("/")[2];
const timeline = document.querySelector("[data-timeline]");

if (timeline) {
  const bubbles = timeline.querySelector("[data-bubbles]");
  timeline.addEventListener("click", older);
  if (location.hash) document.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`)?.scrollIntoView({ block: "center" });
  live(["messages", "contacts"], async (hints) => {
    const about = hints && [...hints.values()];
    if (about && !about.some((ids) => ids === null || ids.includes(contact))) return;
    const page = await fetched(here());
    follow(bubbles, page);
    for (const part of document.querySelectorAll("[data-fresh]")) refresh(part, page.getElementById(part.id));
  });
  onLine((stands) => { document.getElementById("away").hidden = stands; });
}

function follow(bubbles, page) {
  const shown = new Map([...bubbles.children].map((each) => [each.id, each]));
  for (const now of page.querySelectorAll("[data-bubbles] > li")) {
    const before = shown.get(now.id);
    if (!before) bubbles.append(document.importNode(now, true));
    else if (said(before) !== said(now)) before.replaceWith(opened(document.importNode(now, true), before));
  }
  // The first message takes the place of what stood here for none.
  if (bubbles.children.length) timeline.querySelector(".empty")?.remove();
}

function refresh(part, now) {
  if (!now || said(part) === said(now) || part.contains(document.activeElement)) return;
  part.replaceWith(opened(document.importNode(now, true), part));
}

// What stood open stays so.
function opened(now, before) {
  const open = [...before.querySelectorAll("details")].map((each) => each.open);
  now.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? false; });
  return now;
}

// Times go on by themselves; links to files are signed anew each hour.
function said(node) {
  const copy = node.cloneNode(true);
  copy.querySelectorAll("time").forEach((time) => time.replaceWith(time.dateTime));
  const files = copy.querySelectorAll("img, audio, video, .file").length;
  return `${files} ${copy.textContent.replace(/\s+/g, " ")}`;
}

async function older(event) {
  const link = event.target.closest("[data-older]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  try {
    const page = await fetched(link.href);
    const bubbles = timeline.querySelector("[data-bubbles]");
    const more = [...page.querySelectorAll("[data-bubbles] > li")].map((each) => document.importNode(each, true));
    const from = timeline.scrollHeight - timeline.scrollTop;
    bubbles.prepend(...more);
    if (timeline.scrollTop > 0) timeline.scrollTop = timeline.scrollHeight - from;
    const before = page.querySelector("[data-older]");
    if (before) link.href = before.href;
    else link.parentElement.remove();
  } catch {
    location.assign(link.href);
  } finally {
    link.ariaBusy = "false";
  }
}
