// Who writes: a name, digits that make their number and addresses, and the language they speak. The address bar names
// them and their channel, behind the #, which no server is told; those one has been are kept in this browser.

import { $, locale, node, random, words } from "./dom.js";

const MOST = 12;
const languages = new Map(words.languages.map((each) => [each.locale, each]));
const usual = words.languages.find((each) => each.locale.split("-")[0] === locale.split("-")[0]) ?? words.languages[0];

export function newPerson(language = usual.locale, before = "") {
  const others = words.names.filter((name) => name !== before);
  const name = others[crypto.getRandomValues(new Uint32Array(1))[0] % others.length];
  return { name, digits: random(2, "23456789") + random(6, "0123456789"), language };
}

// What may be a person: what stands in the address bar or in the store is anybody's.
export function asPerson({ name, digits, language } = {}) {
  const known = /^[A-Za-z]{1,30}$/.test(name) && /^[2-9][0-9]{7}$/.test(digits);
  return known ? { name, digits, language: languages.has(language) ? language : usual.locale } : null;
}

export function isSame(one, other) {
  return one.name === other.name && one.digits === other.digits && one.language === other.language;
}

// Where they are reached on a channel: the server takes a person's language from a number's country, too.
export function addressOf({ name, digits, language }, channel) {
  if (channel === "email") return `${name.toLowerCase()}.${digits}@example.com`;
  const { number, digits: free } = languages.get(language);
  const hasNumber = number && (channel === "whatsapp" || channel === "sms");
  return hasNumber ? number + digits.slice(-free) : `${name.toLowerCase()}.${digits}`;
}

export function remembered(people, person) {
  return [person, ...people.filter((each) => !isSame(each, person))].slice(0, MOST);
}

export function inAddressBar() {
  const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  return { person: asPerson(given), channel: words.channels.includes(given.channel) ? given.channel : null };
}

export function showInAddressBar({ person, channel }, { push = false } = {}) {
  const hash = `#${new URLSearchParams({ ...person, channel })}`;
  if (location.hash === hash) return;
  history[push ? "pushState" : "replaceState"](null, "", hash);
}

export function drawPeople({ people, person, channel }) {
  const options = people.map((each) => {
    const text = `${each.name} · ${addressOf(each, channel)}`;
    return node("option", { value: JSON.stringify(each), textContent: text, selected: isSame(each, person) });
  });
  $("people").replaceChildren(...options);
  $("people-line").classList.toggle("alone", options.length < 2);
  $("language").value = person.language;
}
