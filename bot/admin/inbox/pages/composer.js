// What one writes: kept on the server while one does, so that it is there again whatever happens. And that one is there: so that
// two do not answer at once, and what was seen counts as read.

import { told } from "../../web/documents.js";
import { suggest } from "../suggest.js";
import { takeFiles } from "./files.js";
import { tellWays } from "./ways.js";

const BEAT = 10_000;
const SAVE = 800;
// What is kept beside the words of a reply.
const OPTIONS = ["way", "answers", "subject", "cc", "bcc"];
const WRITING = 30_000;

// What is kept asks nobody whether to leave it.
function settle(form, chosen) {
  for (const name of OPTIONS) {
    const field = form.elements[name];
    if (field?.options) for (const each of field.options) each.defaultSelected = each.value === chosen[name];
    else if (field && field.type !== "hidden") field.defaultValue = chosen[name];
  }
}

/** Begin with what stands beside the list; returns what hears of news, and what ends it. */
export function begin(inbox) {
  const form = inbox.querySelector("#composer");
  const base = inbox.dataset.open && `/inbox/${inbox.dataset.open}`;
  const bubbles = inbox.querySelector("[data-bubbles]");
  if (!base || !bubbles) return { heard() {}, end() {}, save() {}, settled() {}, failed() {} };
  const csrf = document.querySelector("input[name=csrf]").value;
  if (form) {
    suggest(form, base, inbox);
    tellWays(form);
    takeFiles(form);
    form.querySelector("[data-seeking]")?.removeAttribute("hidden");
    form.addEventListener("change", () => tellWays(form));
  }
  let wrote = -Infinity;
  let timer = null;
  let beat = null;
  let ended = false;
  let saving = Promise.resolve();
  let posted = null;

  const isWriting = () => performance.now() - wrote < WRITING;
  const say = () => {
    if (ended || document.hidden) return;
    clearTimeout(beat);
    beat = setTimeout(say, BEAT);
    told(`${base}/here`, { csrf, seq: bubbles.dataset.end.split(".")[0], status: isWriting() ? "replying" : "viewing" }).catch(() => {});
  };
  say();

  const options = () => Object.fromEntries(OPTIONS.map((name) => [name, form?.elements[name]?.value ?? ""]));
  let kept = JSON.stringify(options());
  const save = () => {
    clearTimeout(timer);
    if (form?.dataset.sent) return saving;
    const chosen = options();
    const isOther = (each) => each.value !== each.defaultValue || (each.name === "text" && each.value && JSON.stringify(chosen) !== kept);
    const isPosted = (each) => each === posted?.field && each.value === posted.text;
    for (const each of form ? [...form.querySelectorAll("textarea[data-mode]")] : []) {
      if (!isOther(each) || isPosted(each)) continue;
      const text = each.value;
      const mode = each.dataset.mode;
      saving = told(`${base}/draft`, { csrf, mode, text, ...(mode === "reply" && chosen) }).then(() => {
        each.defaultValue = text;
        if (mode === "note") return;
        kept = JSON.stringify(chosen);
        settle(form, chosen);
      }, () => {});
    }
    return saving;
  };
  form?.addEventListener("input", (event) => {
    if (OPTIONS.includes(event.target.name)) {
      clearTimeout(timer);
      timer = setTimeout(save, SAVE);
    }
    if (!event.target.matches("textarea[data-mode]")) return;
    const began = !isWriting();
    wrote = event.target.value ? performance.now() : -Infinity;
    if (began) say();
    clearTimeout(timer);
    timer = setTimeout(save, SAVE);
  });
  const visible = () => (document.hidden ? save() : say());
  document.addEventListener("visibilitychange", visible);
  const gone = () => navigator.sendBeacon(`${base}/gone`, new URLSearchParams({ csrf }));
  addEventListener("pagehide", gone);
  let seen = bubbles.dataset.end;
  return {
    save,
    // What is posted is not kept as begun once more behind it, unless it has not arrived.
    settled() {
      clearTimeout(timer);
      const field = form.querySelector(`[data-mode=${form.elements.mode.value}]`);
      posted = { field, text: field.value };
      return saving;
    },
    failed() {
      posted = null;
      return save();
    },
    heard() {
      // News that was asked for before what stood here was sent is no news for the field that stands there now.
      if (ended) return;
      if (form) tellWays(form);
      if (seen === bubbles.dataset.end) return;
      seen = bubbles.dataset.end;
      // What came in here was seen here, and is told below.
      if (form) form.elements.seen.value = seen.split(".")[0];
      if (form?.querySelector("[data-mode=reply]").value.trim()) document.getElementById("meanwhile").hidden = false;
      say();
    },
    end() {
      ended = true;
      save();
      clearTimeout(beat);
      document.removeEventListener("visibilitychange", visible);
      removeEventListener("pagehide", gone);
    },
  };
}
