// The inbox: a conversation opens beside the list, which stays where it is; what is done is done without a new page. Without this
// module each of these is a page of its own.

import { fetched, posted } from "../../web/documents.js";
import { onLine } from "../../web/live.js";
import { unsent } from "../../web/forms.js";
import { adopt, toast, unfetched } from "../../web/toasts.js";
import { words } from "../../web/words.js";
import { begin } from "./composer.js";
import { countDown } from "./countdown.js";
import { showFilled } from "./files.js";
import { focusAt, placeOf } from "./focus.js";
import { takeKeys, write } from "./keys.js";
import { followList, mark } from "./list.js";
import { follow } from "../timeline.js";

const inbox = document.getElementById("inbox");
const PHONE = matchMedia("(max-width: 719px)");
let composing = null;
let end = () => {};
// How often a conversation was opened: what was asked for before the last time comes too late to be shown.
let opened = 0;

begun();
const renewList = followList(inbox);
countDown(inbox);
showFilled(inbox);
takeKeys(inbox, open, close);
onLine((stands) => { document.getElementById("away").hidden = stands; });
history.replaceState({ ...history.state, inbox: true }, "");
if (/^#[mn]-/.test(location.hash)) goTo(location.hash.slice(1));

/** What stands beside the list is there: let it follow. */
function begun() {
  end();
  const timeline = inbox.querySelector("[data-timeline]");
  const now = begin(inbox);
  const following = timeline ? follow(timeline, now.heard, again) : () => {};
  composing = now;
  end = () => { following(); now.end(); };
}

/** Who is shown was merged, or is two again: show them as they are now, with what one has begun to write. */
async function again() {
  await composing.save();
  open(location.href, { push: false, focus: false });
}

/** Show what a page of ours has beside its list. */
function show(page) {
  const now = page.getElementById("inbox");
  if (!now) return false;
  const was = placeOf(document.activeElement);
  const left = inbox.dataset.open;
  for (const id of ["talking", "person"]) {
    const part = page.getElementById(id);
    const before = document.getElementById(id);
    if (before && part) before.replaceWith(document.importNode(part, true));
    else if (before) before.remove();
    else if (part) inbox.append(document.importNode(part, true));
  }
  // On a narrow page the person lies over the conversation as long as the address says so, of what stands there now.
  if (location.hash === "#person") location.replace("#person");
  inbox.dataset.page = now.dataset.page;
  if (now.dataset.open) inbox.dataset.open = now.dataset.open;
  else delete inbox.dataset.open;
  adopt(page);
  mark(inbox);
  begun();
  if (document.activeElement !== document.body) return true;
  if (was && inbox.dataset.open) focusAt(was);
  // Whoever goes back to the list goes on from where they left it.
  else if (left && !inbox.dataset.open) inbox.querySelector(`#rows [data-id="${CSS.escape(left)}"] .open`)?.focus({ preventScroll: true });
  return true;
}

async function open(url, { push = true, focus = true } = {}) {
  mark(inbox, url);
  opened += 1;
  const turn = opened;
  try {
    composing.save();
    const page = await fetched(url, "talking");
    if (turn !== opened) return;
    if (!show(page)) return location.assign(url);
    const [path, place] = url.split("#");
    if (push) history.pushState({ inbox: true, opened: true }, "", path);
    mark(inbox);
    goTo(place);
    if (focus && PHONE.matches) document.getElementById("talking").focus();
  } catch (error) {
    if (turn !== opened) return;
    // Else the address says what is not here already.
    if (!push) return location.assign(url);
    mark(inbox);
    unfetched(url, error);
  }
}

// A message, or a note, that was looked for.
function goTo(place) {
  const node = place && document.getElementById(place);
  if (!node) return;
  node.classList.add("sought");
  node.scrollIntoView({ block: "center" });
}

function close() {
  if (history.state?.opened) return history.back();
  const link = inbox.querySelector("[data-back]");
  if (link) leave(link.href);
}

function leave(url) {
  history.pushState({ inbox: true }, "", url);
  open(url, { push: false, focus: false });
}

const pathOf = (url) => new URL(url, location.href).pathname;
const listOf = (url) => new URL(url, location.href).search;

addEventListener("popstate", () => {
  if (["#person", "#talking"].includes(location.hash)) return;
  if (listOf(location.href) !== listOf(inbox.dataset.page)) return location.reload();
  open(location.href, { push: false });
});

inbox.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  const row = event.target.closest("#rows .open");
  const back = event.target.closest("[data-back]");
  const led = event.target.closest("[data-leads]");
  if (!row && !back && !led) return;
  event.preventDefault();
  if (row) open(row.href);
  else if (led) open(led.href, { focus: false });
  else close();
});

// Who presses a line of the person writes in it at once, and who opens the labels chooses one, or names the first.
inbox.addEventListener("toggle", ({ target }) => {
  if (!target.open || document.activeElement.parentElement !== target) return;
  if (target.closest("#person")) {
    const field = target.querySelector("form :is(input:not([type=hidden]), select, textarea)");
    field?.focus();
    field?.select?.();
  }
  else if (target.dataset.key === "t") target.querySelector(".menu :is(button, input:not([type=hidden]))")?.focus();
}, true);

// What is done with a conversation: posted, and shown where it was done.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || !(inbox.contains(form) || form.closest(".toast"))) return;
  if (!new URL(form.action).pathname.startsWith("/inbox/")) return;
  event.preventDefault();
  const button = event.submitter;
  if (button) button.ariaBusy = "true";
  // Who sends by the keyboard writes on; not after a note, since what follows would be a reply.
  const writesOn = document.activeElement.matches("#composer [data-mode=reply]") && form.matches("#composer");
  const before = typed(form);
  const composer = composing;
  const turn = opened;
  try {
    await (form.matches("#composer") ? composing.settled() : composing.save());
    const to = button?.hasAttribute("formaction") ? button.formAction : form.action;
    const page = await posted(to, said(new FormData(form, button)));
    if (!page.getElementById("inbox")) {
      composer.failed();
      return refused(form, page);
    }
    form.dataset.sent = "1";
    form.closest(".toast")?.remove();
    // Whoever has opened another conversation meanwhile stays there, unless something was refused here.
    const isRefused = page.querySelector("[data-wrong]") !== null;
    if (turn !== opened && !isRefused) adopt(page);
    else {
      if (isRefused) opened += 1;
      show(page);
      if (isRefused) inbox.querySelector("[data-wrong] [aria-invalid=true]")?.focus();
      if (writesOn) write(inbox, "reply");
      goOn(before, typed(form));
      // What is undone may be of a conversation that one has left.
      if (pathOf(inbox.dataset.page) !== location.pathname) history.pushState({ inbox: true, opened: true }, "", inbox.dataset.page);
    }
    if (new URL(to).pathname.startsWith("/inbox/list/")) renewList(page);
  } catch {
    composer.failed();
    unsent(form);
    toast(words.unsent);
  } finally {
    if (button) button.ariaBusy = "false";
  }
});

const typed = (form) => form.querySelector("#f-text")?.value ?? "";

// What was typed while the words before it were on their way is what one goes on with.
function goOn(before, now) {
  const field = inbox.querySelector("#f-text");
  if (now === before || !field) return;
  field.value = field.value || !now.startsWith(before) ? now : now.slice(before.length).trimStart();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

// Whoever is not let in any more keeps what they wrote before them, to copy it or to send it once they are.
function refused(form, page) {
  unsent(form);
  const isOut = page.querySelector(".refusal a[href^='/sign-in']");
  toast(isOut ? words.shut_out : words.unsent, isOut && { label: words.sign_in, run: () => globalThis.open("/sign-in", "_blank") });
}

// Files go along where there are any; without them what is said is short.
function said(data) {
  const fields = [...data];
  if (fields.some(([, value]) => value instanceof File && value.size)) return data;
  return new URLSearchParams(fields.filter(([, value]) => !(value instanceof File)));
}
