// Where the conversation stands: flow, step and values as they were after a turn, and what is kept of the person.
// The server tells how it stands now; what it told after earlier turns is remembered as long as the page is open.

import { filled, node, unseen, words } from "./dom.js";

const after = new Map();
let now = null;

export function forget() {
  after.clear();
  now = null;
}

export function remember(stands, inbound) {
  now = stands;
  const last = inbound.at(-1);
  if (stands && last && last.turn !== "pending") after.set(last.id, stands);
}

// Till when a person of the shop has the conversation: null for nobody, "" for as long as they like.
export function handedOver() {
  if (!now?.handed_over || (now.until && new Date(now.until) < new Date())) return null;
  return now.until;
}

export function standsKey(id) {
  return JSON.stringify([after.get(id) ?? now, !after.has(id)]);
}

export function standsNodes(inbound, id) {
  const shown = after.get(id) ?? now;
  if (!shown) return [];
  const before = inbound.slice(0, inbound.findIndex((message) => message.id === id)).findLast(({ id }) => after.has(id));
  const earlier = new Map(before && after.get(before.id).flow === shown.flow ? after.get(before.id).values : []);
  const title = after.has(id) ? words.stands.after : words.stands.now;
  const section = node("section", { className: "stands" }, node("h3", { textContent: title }), position(shown));
  if (shown.values.length) {
    section.append(table(words.stands.values, shown.values, ([name, value]) => earlier.get(name) !== value));
  }
  const known = [[words.stands.language, shown.locale], [words.stands.tags, shown.tags.join(", ")]];
  const person = [...known.filter(([, value]) => value), ...shown.attributes];
  if (person.length) section.append(table(words.stands.person, person));
  return [section];
}

function position({ flow, step, over }) {
  if (!flow) return node("p", { className: "hint", textContent: words.stands.none });
  const sentence = over ? filled(words.stands.over, { flow, reason: over }) : "";
  if (sentence) return node("p", { className: "hint", textContent: sentence, dir: "auto" });
  return table("", [[words.stands.flow, flow], [words.stands.step, step]]);
}

function table(title, rows, isNew = () => false) {
  const list = node("dl");
  for (const row of rows) {
    const value = node("dd", { dir: "auto", textContent: row[1] === "" ? "–" : row[1] });
    if (isNew(row)) {
      value.className = "new";
      value.append(unseen(` (${words.stands.changed})`));
    }
    list.append(node("div", {}, node("dt", { dir: "auto", textContent: row[0] }), value));
  }
  return title ? node("div", { className: "group" }, node("h4", { textContent: title }), list) : list;
}
