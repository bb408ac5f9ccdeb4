// A conversation that follows what happens: what is newer than the last message is asked for alone, with what has changed of those
// above it. What is older comes in above without a new page. What somebody reads or types stays where it is.

import { fetched, here } from "../web/documents.js";
import { live, onLine } from "../web/live.js";
import { unfetched } from "../web/toasts.js";

const EVERY = 250;
// It is asked only when something is said here, so it may take half of the time.
const REST = 1;
// What nothing is told of, such as a window that closes, is asked for that often, whatever else is told.
const WHOLE = 15_000;
// Characters of a message that are said aloud.
const SPOKEN = 300;

/**
 * Follow a timeline and what stands around it (`data-fresh`): `data-news` is where its news is asked for, `data-of` whose it is.
 *
 * `heard(page)` is called with each answer, `another()` once where it is another conversation by now: its contact was merged, or that
 * was undone. Returns a function that ends it.
 */
export function follow(timeline, heard = () => {}, another = () => location.reload()) {
  const bubbles = timeline.querySelector("[data-bubbles]");
  const contact = timeline.dataset.of;
  timeline.addEventListener("click", older);
  let whole = performance.now();
  const away = live(["messages", "contacts", "inbox", "presence"], async (hints) => {
    // A stretch of long ago has no news below it.
    const url = new URL(timeline.dataset.news || here(), location.href);
    if (timeline.dataset.news) {
      url.searchParams.set("after", bubbles.dataset.end);
      url.searchParams.set("since", bubbles.dataset.since);
    }
    const since = performance.now();
    const before = whole;
    const isPart = hints && since - before < WHOLE && ![...hints.values()].includes(null);
    if (isPart) url.searchParams.set("told", [...hints.keys()]);
    // What was told is asked for again when no answer comes.
    whole = -Infinity;
    let page = await fetched(url.href);
    // Who writes faster than one stretch at a time is caught up with.
    while (timeline.dataset.news && page.querySelector("[data-behind]") && timeline.isConnected) {
      take(timeline, bubbles, page);
      url.searchParams.set("after", bubbles.dataset.end);
      page = await fetched(url.href);
    }
    // Another conversation, or a newer page of this one, has taken its place meanwhile: this answer is not about that.
    if (!timeline.isConnected) return;
    if (page.querySelector("[data-bubbles]").dataset.family !== bubbles.dataset.family) {
      away();
      return another();
    }
    take(timeline, bubbles, page);
    for (const part of document.querySelectorAll("[data-fresh]")) refresh(part, page.getElementById(part.id));
    heard(page);
    whole = isPart ? before : since;
  }, { every: EVERY, rest: REST, concerns: (_, id) => id === contact });
  return away;
}

function take(timeline, bubbles, page) {
  const news = page.querySelector("[data-bubbles]");
  const shown = new Map([...bubbles.children].map((each) => [each.id, each]));
  for (const now of [...news.children]) {
    const before = shown.get(now.id);
    const day = now.querySelector(".day");
    const days = [...bubbles.querySelectorAll(".day")];
    if (!before) {
      // Of a day that is told above already, it is not told once more.
      if (day && days.at(-1)?.textContent === day.textContent) day.remove();
      bubbles.append(document.importNode(now, true));
      if (!now.matches(".ours, .note")) tell(timeline, now);
    } else if (said(before) !== said(now)) {
      day?.remove();
      if (before.querySelector(".day")) now.prepend(before.querySelector(".day").cloneNode(true));
      before.replaceWith(opened(document.importNode(now, true), before));
    }
  }
  Object.assign(bubbles.dataset, { end: news.dataset.end, since: news.dataset.since });
  // The first message takes the place of what stood here for none.
  if (bubbles.children.length) timeline.querySelector(".empty")?.remove();
}

// Whoever does not see what comes in hears it.
function tell(timeline, message) {
  const line = timeline.querySelector("[data-heard]");
  const words = message.querySelector(".text, .file, .picture img");
  line.textContent = line.dataset.heard.replace("{words}", () => (words?.alt ?? words?.textContent ?? "").trim().slice(0, SPOKEN));
}

function refresh(part, now) {
  const held = part.contains(document.activeElement) ? document.activeElement : null;
  if (!now || said(part) === said(now) || held?.matches("input, select, textarea") || part.querySelector("details[open]")) return;
  const within = held?.closest("[id]").id;
  const fresh = opened(document.importNode(now, true), part);
  part.replaceWith(fresh);
  if (held) goOnFrom(held, document.getElementById(within) ?? fresh);
}

// Whoever had the keyboard on a button has it on the same one, and on no other that took its place.
function goOnFrom(held, place) {
  const same = [...place.querySelectorAll("a, button, summary")].find((each) => each.textContent === held.textContent && each.value === held.value);
  if (!same) place.tabIndex = -1;
  (same ?? place).focus({ preventScroll: true });
}

// What stood open, and what was chosen, stays so.
function opened(now, before) {
  const open = [...before.querySelectorAll("details")].map((each) => each.open);
  now.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? false; });
  for (const each of before.querySelectorAll("select")) {
    const one = now.querySelector(`#${each.id}`);
    if (one && each.selectedIndex > 0 && [...one.options].some((option) => option.value === each.value)) one.value = each.value;
  }
  return now;
}

// Times go on by themselves; links to files are signed anew each hour.
function said(node) {
  const copy = node.cloneNode(true);
  copy.querySelector(".day")?.remove();
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
  const timeline = event.currentTarget;
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
  } catch (error) {
    // Whoever reads another conversation by now stays there.
    if (timeline.isConnected) unfetched(link.href, error);
  } finally {
    link.ariaBusy = "false";
  }
}

const alone = document.querySelector("[data-timeline][data-alone]");
if (alone) {
  if (location.hash) document.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`)?.scrollIntoView({ block: "center" });
  follow(alone);
  onLine((stands) => { document.getElementById("away").hidden = stands; });
}
