// The shop's side, where the bot has handed the conversation over: a person answers, and hands it back.

import { $, filled, locale, setText, timeZone, words } from "./dom.js";
import { handedOver } from "./stands.js";

const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone });

export function drawDesk() {
  const until = handedOver();
  const open = until !== null;
  $("desk").hidden = !open;
  $("desk-open").hidden = !open;
  if (open) setText($("desk-until"), until ? filled(words.desk.until, { moment: moment.format(new Date(until)) }) : words.desk.open);
  return open;
}

// `post` sends to the server as the present person, `channel` says on which channel.
export function setUpDesk({ post, channel, changed }) {
  const form = $("desk-form");
  if (!form) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = $("desk-text").value.trim();
    if (text && (await tell(`/simulator/answers?channel=${channel()}`, { text }))) $("desk-text").value = "";
    $("desk-text").focus();
  });
  $("desk-text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  $("hand-back").addEventListener("click", () => tell(`/simulator/hand-back?channel=${channel()}`, {}));

  // What was typed stays where it could not be sent.
  async function tell(path, content) {
    if (form.ariaBusy === "true") return false;
    form.ariaBusy = "true";
    let problem = words.desk.away;
    try {
      const answer = await post(path, content);
      problem = answer.ok ? "" : (await answer.text()).trim() || words.refused;
    } catch {
      // The server is away.
    }
    form.ariaBusy = "false";
    setText($("desk-problem"), problem);
    if (!problem) changed();
    return !problem;
  }
}
