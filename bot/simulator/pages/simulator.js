// The phone: what is typed goes out in order and is kept until the server has it; what the server tells is drawn.
// Everything a person or the bot wrote reaches the page through textContent alone.

import { $, clone, locale, random, setText, timeZone, unseen, words } from "./dom.js";
import { drawDesk, setUpDesk } from "./desk.js";
import { drawFiles, fileLabel, inBase64, waitingFile } from "./files.js";
import * as people from "./people.js";
import { forget, remember, standsKey, standsNodes } from "./stands.js";
import { formatted, linked } from "./texts.js";

const STORE = "recado.simulator";
const GROUP_MS = 5 * 60 * 1000;
const REQUEST_MS = 35_000;

const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone });
const dayHere = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone });
const longDay = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", timeZone });
const nearDay = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

const state = restore();
const view = { messages: null, version: "", away: false, selected: "", subjectTyped: false, seen: new Set(), nodes: new Map() };
let listening = new AbortController();
let flushing = false;
let wakeUp = () => {};

// What survives a reload: who writes, on which channel, what is half typed and what is not sent yet.
function restore() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(STORE)) ?? {};
  } catch {
    // Storage may be closed or hold something else: begin anew.
  }
  const given = people.inAddressBar();
  // An earlier page kept one person, without a language.
  const known = [...(Array.isArray(kept.people) ? kept.people : []), kept.person ?? kept].map((each) => people.asPerson(each ?? {}));
  const person = given.person ?? people.asPerson(kept.person ?? kept) ?? people.newPerson();
  return {
    person,
    people: people.remembered(known.filter(Boolean), person),
    channel: given.channel ?? (words.channels.includes(kept.channel) ? kept.channel : "whatsapp"),
    drafts: kept.drafts ?? {},
    waiting: kept.waiting ?? [],
  };
}

function save() {
  try {
    // Files are too large for it.
    localStorage.setItem(STORE, JSON.stringify({ ...state, waiting: state.waiting.filter(({ sending }) => !sending.file) }));
  } catch {
    // Without storage the conversation lives as long as the page.
  }
}

function person() {
  return people.addressOf(state.person, state.channel);
}

// A conversation is a person's on a channel.
function conversation() {
  return `${state.channel}:${person()}`;
}

// ---------------------------------------------------------------- talking to the server

async function ask(path, options = {}) {
  const signal = AbortSignal.any([AbortSignal.timeout(REQUEST_MS), ...(options.signal ? [options.signal] : [])]);
  const headers = { "Recado-Person": options.person ?? person(), ...options.headers };
  const answer = await fetch(path, { ...options, headers, signal, cache: "no-store" });
  if (answer.status === 401 || (answer.status === 403 && answer.headers.has("WWW-Authenticate"))) {
    // The session is over, or the server has begun anew with another token: the page that takes this one's place says
    // so. What waits is kept.
    location.reload();
    throw new Error(answer.status);
  }
  return answer;
}

function post(path, content, from) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": words.csrf };
  return ask(path, { method: "POST", body: JSON.stringify(content), headers, person: from });
}

// One question for news at a time, answered when there is some; a hidden page asks nothing.
async function listen() {
  listening.abort();
  const mine = (listening = new AbortController());
  for (let failures = 0; !mine.signal.aborted; ) {
    if (document.hidden) {
      await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
      continue;
    }
    try {
      const headers = view.version ? { "If-None-Match": view.version } : {};
      const answer = await ask(`/simulator/messages?channel=${state.channel}&language=${state.person.language}`, { headers, signal: mine.signal });
      if (!answer.ok && answer.status !== 304) throw new Error(answer.status);
      const news = answer.status === 304 ? null : await answer.json();
      if (mine.signal.aborted) return;
      failures = 0;
      setAway(false);
      if (news) {
        view.version = answer.headers.get("ETag");
        take(news);
      }
      flush();
    } catch {
      if (mine.signal.aborted) return;
      setAway(true);
      await pause(Math.min(500 * 2 ** failures++, 8000));
    }
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    wakeUp = resolve;
    setTimeout(resolve, milliseconds);
  });
}

// Sends what waits, in order; the page's own id makes a second try of the same message one message.
async function flush() {
  if (flushing) return;
  flushing = true;
  try {
    for (let next; (next = state.waiting.find((message) => !message.refused && !message.taken)); ) {
      const { channel, from, language, ...content } = next.sending;
      const answer = await post(`/simulator/messages?channel=${channel}&language=${language ?? ""}`, { id: next.id, ...content }, from);
      if (answer.status >= 500) throw new Error(answer.status);
      if (answer.ok) next.taken = true;
      else next.refused = (await answer.text()).trim() || words.refused;
      save();
      draw();
    }
    setAway(false);
  } catch {
    setAway(true);
  } finally {
    flushing = false;
  }
}

function setAway(away) {
  if (view.away === away) return;
  view.away = away;
  $("alert").hidden = !away;
  draw();
}

function send(text, { choice = null, file = null, refused = "" } = {}) {
  const { name, language } = state.person;
  const sending = { channel: state.channel, from: person(), language, name, text, choice, file };
  if (state.channel === "email") Object.assign(sending, mailHeaders());
  view.subjectTyped = false;
  // What is asked about is the newest again.
  view.selected = "";
  const after = entries().at(-1)?.key ?? "";
  const at = new Date().toISOString();
  state.waiting.push({ id: random(20, "abcdefghijklmnopqrstuvwxyz0123456789"), at, after, sending, refused });
  save();
  draw({ follow: true });
  flush();
}

function mailHeaders() {
  const bare = (subject) => subject.replace(/^(\s*re:)+\s*/i, "").trim();
  const subject = $("subject").value.trim();
  const last = view.messages?.findLast((message) => message.thread);
  const same = last && bare(last.subject) === bare(subject);
  return { subject: subject || words.subject, thread: same ? last.thread : "" };
}

function take(news) {
  const known = new Set((view.messages ?? []).map((message) => message.id));
  const begun = view.messages !== null;
  view.messages = news.messages;
  remember(news.stands, inbound());
  const arrived = new Set(news.messages.map((message) => message.page_id));
  state.waiting = state.waiting.filter((message) => !arrived.has(message.id));
  save();
  $("speechless").hidden = !news.speechless;
  setText($("empty-title"), news.speechless ? words.speechless : words.begin);
  drawSuggestions(news.suggestions);
  if (begun) announce(spoken().filter((message) => !known.has(message.id) || !view.nodes.has(message.id)));
  draw();
  setSubject();
  report();
}

function spoken() {
  return (view.messages ?? []).filter((message) => isShown(message) && message.direction === "outbound");
}

// Tells the server what the person has on the screen, as a phone tells its provider.
async function report() {
  const unread = spoken().filter(({ id, status }) => status !== "read" && status !== "failed" && !view.seen.has(id));
  const ids = unread.map((message) => message.id);
  if (!ids.length || document.hidden) return;
  ids.forEach((id) => view.seen.add(id));
  try {
    const answer = await post("/simulator/read", { ids });
    if (!answer.ok) throw new Error(answer.status);
  } catch {
    ids.forEach((id) => view.seen.delete(id));
  }
}

// ---------------------------------------------------------------- drawing

function isShown(message) {
  return message.direction === "inbound" || message.status !== "queued";
}

function entries() {
  const said = (view.messages ?? []).filter(isShown).map((message) => ({
    ...message,
    key: message.page_id || message.id,
    own: message.direction === "inbound",
    shownStatus: message.direction === "outbound" ? message.status : message.turn === "done" ? "read" : "delivered",
  }));
  const mine = state.waiting
    .filter((message) => message.sending.channel === state.channel && message.sending.from === person())
    .map((message) => ({
      key: message.id,
      after: message.after,
      own: true,
      text: message.sending.text,
      subject: message.sending.subject,
      media: message.sending.file ? [waitingFile(message.sending.file)] : [],
      at: message.at,
      problem: message.refused,
      shownStatus: message.refused ? "failed" : message.taken ? "sent" : "waiting",
    }));
  // What was refused stays where it was said; what still waits comes last.
  for (const entry of mine) {
    const before = entry.problem ? said.findIndex(({ key }) => key === entry.after) : -1;
    said.splice(entry.problem && entry.after === "" ? 0 : before < 0 ? said.length : before + 1, 0, entry);
  }
  return said;
}

function draw({ follow = false } = {}) {
  const atEnd = isAtEnd();
  const shown = entries();
  const grown = shown.length && !view.nodes.has(shown.at(-1).key);
  place(shown);
  $("empty").hidden = shown.length > 0 || view.messages === null;
  const writing = isWriting();
  $("typing").hidden = !writing;
  $("presence").textContent = view.away ? words.away : writing ? words.writing : words.online;
  drawWhy();
  if (!drawDesk()) closeDesk();
  if (follow || atEnd) toEnd();
  else if (grown) $("newer").hidden = false;
  drawDays();
}

// Of the days that have come to the top, the last one is on the screen.
function drawDays() {
  const days = [...$("messages").querySelectorAll(".day")];
  const top = $("scroll").getBoundingClientRect().top;
  const last = days.findLastIndex((day) => day.getBoundingClientRect().top - top < 2 * day.offsetHeight);
  days.forEach((day, at) => day.classList.toggle("past", at < last));
}

function isAtEnd() {
  const scroll = $("scroll");
  return scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
}

function toEnd() {
  $("scroll").scrollTop = $("scroll").scrollHeight;
  $("newer").hidden = true;
}

function isWriting() {
  if (view.away) return false;
  return (
    state.waiting.some((m) => m.taken && m.sending.channel === state.channel && m.sending.from === person()) ||
    (view.messages ?? []).some((m) => m.turn === "pending" || (m.direction === "outbound" && m.status === "queued"))
  );
}

// Draws each entry into the element it had before, and touches the list only where the order differs.
function place(shown) {
  const list = $("messages");
  const wanted = [];
  let before = null;
  shown.forEach((entry, at) => {
    const next = shown[at + 1];
    if (!before || dayOf(before.at) !== dayOf(entry.at)) wanted.push(dayNode(entry.at));
    wanted.push(messageNode(entry, { follows: groups(before, entry), grouped: groups(entry, next) }));
    before = entry;
  });
  const kept = new Set(wanted);
  [...list.children].forEach((node) => kept.has(node) || node.remove());
  wanted.forEach((node, at) => list.children[at] === node || list.insertBefore(node, list.children[at] ?? null));
  view.nodes.forEach((node, key) => kept.has(node) || view.nodes.delete(key));
}

function groups(one, other) {
  if (!one || !other || one.own !== other.own || dayOf(one.at) !== dayOf(other.at)) return false;
  return new Date(other.at) - new Date(one.at) < GROUP_MS && one.shownStatus !== "failed";
}

function dayOf(at) {
  return dayHere.format(new Date(at));
}

function dayNode(at) {
  const key = `day ${dayOf(at)}`;
  const node = view.nodes.get(key) ?? clone("t-day");
  const days = Math.round((new Date(dayOf(at)) - new Date(dayOf(Date.now()))) / 86_400_000);
  node.firstElementChild.textContent = days > -2 ? nearDay.format(days, "day") : longDay.format(new Date(at));
  view.nodes.set(key, node);
  return node;
}

function messageNode(entry, { follows, grouped }) {
  const node = view.nodes.get(entry.key) ?? newMessageNode(entry);
  drawFiles(node, entry.media ?? [], isAtEnd, toEnd);
  node.classList.toggle("follows", follows);
  node.classList.toggle("grouped", grouped);
  const stamp = node.querySelector("time");
  stamp.dateTime = entry.at;
  stamp.textContent = time.format(new Date(entry.at));
  const tick = node.querySelector(".tick");
  const status = entry.shownStatus;
  tick.dataset.status = status;
  tick.setAttribute("aria-label", words.status[status]);
  tick.firstElementChild.setAttribute("href", `#icon-${{ queued: "waiting", read: "delivered" }[status] ?? status}`);
  const problem = node.querySelector(".problem");
  const silent = entry.turn === "done" && !view.messages.some((message) => message.replies_to === entry.id);
  const undelivered = status === "failed" && !entry.own ? `${words.undelivered} ${entry.error}`.trim() : "";
  setText(problem, entry.problem || undelivered || (silent ? words.silent : ""));
  problem.classList.toggle("silent", silent);
  const asked = entry.own ? (silent || entry.turn === "parked" ? entry.id : "") : entry.replies_to;
  const button = node.querySelector(".ask");
  button.hidden = !asked || (!entry.own && isFollowedInTurn(entry));
  setText(button.querySelector(".about"), about(asked));
  button.dataset.message = asked ?? "";
  if (wide.matches) button.setAttribute("aria-pressed", String(asked === selected()?.id));
  else button.removeAttribute("aria-pressed");
  return node;
}

function speaker({ own, by_hand: byHand }) {
  return own ? words.you : byHand ? words.desk.person : words.bot;
}

// Tells the buttons apart for who does not see where they stand.
function about(id) {
  const message = (view.messages ?? []).find((each) => each.id === id);
  return message ? ` ${message.text || (message.media ?? []).map(fileLabel).join(", ")}`.slice(0, 80) : "";
}

function isFollowedInTurn(entry) {
  return spoken().findLast((message) => message.replies_to === entry.replies_to)?.id !== entry.id;
}

function newMessageNode(entry) {
  const node = clone("t-message");
  node.classList.toggle("own", entry.own);
  node.querySelector(".by").textContent = entry.by_hand ? words.desk.person : "";
  node.querySelector(".bubble").prepend(unseen(`${speaker(entry)}: `));
  node.querySelector(".mail-subject").textContent = entry.subject ?? "";
  const text = node.querySelector(".text");
  const marked = state.channel === "whatsapp" && !entry.own;
  text.append(...linked(entry.text, marked ? formatted : (words) => [words]));
  node.querySelector(".beside").append(...(entry.beside ?? []).map(besideNode));
  const choices = node.querySelector(".choices");
  choices.dataset.offer = entry.offer ?? "";
  choices.append(...choiceNodes(entry));
  view.nodes.set(entry.key, node);
  return node;
}

// What goes along with the words: a link to a place, or what another channel or hour would get.
function besideNode({ text, url }) {
  const node = document.createElement("li");
  const line = document.createElement(url ? "a" : "span");
  line.textContent = text;
  if (url) Object.assign(line, { href: url, target: "_blank", rel: "noopener noreferrer" });
  node.append(line);
  return node;
}

function choiceNodes({ choices = [], offer, choices_label: label, text }) {
  if (offer !== "list") return choices.map((choice) => choiceNode(choice, () => press(choice)));
  const opener = clone("t-open-list");
  opener.querySelector("bdi").textContent = label || words.choose;
  opener.addEventListener("click", () => openList(label || words.choose, text, choices));
  return [opener];
}

function choiceNode(choice, pressed) {
  const node = clone("t-choice");
  node.firstElementChild.textContent = choice.label;
  if (choice.description) {
    const line = Object.assign(document.createElement("small"), { textContent: choice.description, dir: "auto" });
    node.firstElementChild.append(" ", line);
  }
  node.addEventListener("click", pressed);
  return node;
}

function press(choice) {
  send(choice.label, { choice: choice.id });
}

function openList(title, text, choices) {
  const rows = document.createElement("div");
  rows.className = "rows";
  rows.append(...choices.map((choice) => choiceNode(choice, () => { $("sheet").close(); press(choice); })));
  rows.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = [...rows.children].indexOf(document.activeElement);
    if (step && at >= 0) rows.children[(at + step + rows.children.length) % rows.children.length].focus();
    if (step) event.preventDefault();
  });
  openSheet(title, rows);
  rows.firstElementChild.focus();
}

function openSheet(title, content) {
  $("sheet-title").textContent = title;
  $("sheet-content").replaceChildren(content);
  measurePhone();
  $("sheet").showModal();
}

// Shows a part of the page within the sheet; when that closes, the part is where it was.
function lend(title, part) {
  const place = document.createComment("");
  part.replaceWith(place);
  openSheet(title, part);
  $("sheet").addEventListener("close", () => place.replaceWith(part), { once: true });
}

function closeDesk() {
  if ($("sheet").contains($("desk"))) $("sheet").close();
}

function measurePhone() {
  const { left, bottom, width, height } = $("scroll").parentElement.getBoundingClientRect();
  const border = $("scroll").parentElement.clientLeft;
  const measures = { left: left + border, bottom: innerHeight - bottom + border, width: width - 2 * border, height };
  for (const [name, pixels] of Object.entries(measures)) $("sheet").style.setProperty(`--phone-${name}`, `${pixels}px`);
}

function drawSuggestions(suggestions) {
  $("empty-hint").hidden = suggestions.length === 0;
  $("suggestions").replaceChildren(
    ...suggestions.map((text) => {
      const node = clone("t-suggestion");
      node.querySelector("bdi").textContent = text;
      node.firstElementChild.addEventListener("click", () => { send(text); $("text").focus(); });
      return node;
    }),
  );
}

function announce(messages) {
  if (messages.length) $("announcer").textContent = messages.map(spokenWords).join("\n");
}

function spokenWords({ text, media = [], beside = [], ...entry }) {
  const parts = [...media.map(fileLabel), text, ...beside.map((each) => each.text)];
  return `${speaker(entry)}: ${parts.filter(Boolean).join("\n")}`;
}

// ---------------------------------------------------------------- why

const wide = matchMedia("(min-width: 1080px)");

function inbound() {
  return (view.messages ?? []).filter((message) => message.direction === "inbound");
}

function selected() {
  return inbound().find((message) => message.id === view.selected) ?? inbound().at(-1);
}

function whyContent(message) {
  if (!message) return $("t-why-empty").content.cloneNode(true);
  const content = $("t-why").content.cloneNode(true);
  content.querySelector("blockquote").textContent = message.text || message.media.map(fileLabel).join(", ");
  const steps = message.why.length ? message.why : [words.pending];
  const step = (sentence) => Object.assign(document.createElement("li"), { textContent: sentence, dir: "auto" });
  content.querySelector("ol").append(...steps.map(step));
  content.append(...standsNodes(inbound(), message.id));
  return content;
}

function drawWhy() {
  const message = selected();
  const key = JSON.stringify([message?.id, message?.why, standsKey(message?.id)]);
  if ($("why-content").dataset.key === key) return;
  $("why-content").dataset.key = key;
  $("why-content").replaceChildren(whyContent(message));
}

function showWhy(id) {
  view.selected = id;
  draw();
  if (wide.matches) {
    $("why-title").focus();
  } else {
    const content = document.createElement("div");
    content.append(whyContent(selected()));
    openSheet(words.why, content);
  }
}

// ---------------------------------------------------------------- the page's controls

function setSubject() {
  if (state.channel !== "email" || view.subjectTyped) return;
  const last = view.messages?.findLast((message) => message.subject);
  $("subject").value = last ? last.subject.replace(/^(re:\s*)?/i, "Re: ") : words.subject;
}

// Shows the conversation of the present person on the present channel.
function begin({ push = false } = {}) {
  document.documentElement.dataset.channel = state.channel;
  state.people = people.remembered(state.people, state.person);
  forget();
  Object.assign(view, { messages: null, version: "", selected: "", subjectTyped: false, nodes: new Map() });
  $("messages").replaceChildren();
  $("newer").hidden = true;
  $("name").textContent = state.person.name;
  $("person").textContent = person();
  $("subject-line").hidden = state.channel !== "email";
  $("text").value = state.drafts[conversation()] ?? "";
  $("text").enterKeyHint = state.channel === "email" ? "enter" : "send";
  const chosen = document.querySelector(`[name=channel][value=${state.channel}]`);
  chosen.checked = true;
  chosen.parentElement.scrollIntoView({ block: "nearest", inline: "center" });
  people.drawPeople(state);
  people.showInAddressBar(state, { push });
  setSubject();
  save();
  draw({ follow: true });
  listen();
}

// Who has said nothing makes way for who comes instead.
function become(someone) {
  const unused = view.messages?.length === 0 && !state.waiting.some(({ sending }) => sending.from === person());
  if (unused) state.people = state.people.filter((each) => !people.isSame(each, state.person));
  state.person = someone;
  begin({ push: true });
}

function submit(options = {}) {
  const text = $("text").value.trim();
  if (!text && !options.file) return;
  $("text").value = "";
  delete state.drafts[conversation()];
  send(text, options);
  $("text").focus();
}

document.querySelector(".channels").addEventListener("change", (event) => {
  state.channel = event.target.value;
  begin({ push: true });
});
$("restart").addEventListener("click", () => {
  become(people.newPerson(state.person.language, state.person.name));
  $("text").focus();
});
$("people").addEventListener("change", () => {
  state.person = JSON.parse($("people").value);
  begin({ push: true });
});
$("language").addEventListener("change", () => become(people.newPerson($("language").value, state.person.name)));
addEventListener("popstate", () => {
  const given = people.inAddressBar();
  Object.assign(state, { person: given.person ?? state.person, channel: given.channel ?? state.channel });
  begin();
});
$("who-open").addEventListener("click", () => lend(words.who, $("picks")));
$("desk-open").addEventListener("click", () => lend($("desk-title").textContent, $("desk")));
setUpDesk({ post, channel: () => state.channel, changed: closeDesk });
$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", async () => {
  const [file] = $("file").files;
  if (!file) return;
  const refused = file.size > words.mostBytes ? words.large : "";
  const content = refused ? "" : await inBase64(file);
  $("file").value = "";
  submit({ file: { name: file.name, type: file.type, content }, refused });
});
$("text").addEventListener("input", () => {
  state.drafts[conversation()] = $("text").value;
  save();
});
$("subject").addEventListener("input", () => {
  view.subjectTyped = true;
});
$("text").addEventListener("keydown", (event) => {
  const plain = event.key === "Enter" && !event.shiftKey && !event.isComposing;
  if (plain && (state.channel !== "email" || event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    submit();
  }
});
$("messages").addEventListener("click", (event) => {
  const button = event.target.closest(".ask");
  if (button) showWhy(button.dataset.message);
});
$("why").addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector('.ask[aria-pressed="true"]')?.focus();
});
$("retry").addEventListener("click", () => {
  wakeUp();
  flush();
});
$("newer").addEventListener("click", () => {
  toEnd();
  $("text").focus();
});
$("scroll").addEventListener("scroll", () => {
  if (isAtEnd()) $("newer").hidden = true;
  drawDays();
});
$("sheet-close").addEventListener("click", () => $("sheet").close());
$("sheet").addEventListener("click", (event) => {
  if (event.target === $("sheet")) $("sheet").close();
});
document.addEventListener("visibilitychange", report);
new ResizeObserver(() => {
  measurePhone();
  if ($("newer").hidden) toEnd();
}).observe($("scroll"));

begin();
if (matchMedia("(hover: hover)").matches) $("text").focus();
