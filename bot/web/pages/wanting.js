// How much wants the reader, in the title and at its entry. The tab that listens asks, though nobody looks at it, and tells the
// others, so that all say the same; what nobody knows just now, none of them says.

import { leads, live } from "./live.js";
import { offer, ring } from "./sound.js";

const EVERY = 2000;

const places = [...document.querySelectorAll("[data-wants]")];
const title = document.querySelector("title");
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("recado-wants") : null;
const UNKNOWN = { count: "", words: "", newest: 0 };
let known = null;

if (places.length) {
  offer();
  if (channel) {
    channel.onmessage = ({ data }) => {
      if (!data.asks) show(data);
      else if (known && leads()) channel.postMessage(known);
    };
  }
  live(["inbox", "talks", "reads"], ask, { every: EVERY, unseen: true });
  addEventListener("offline", () => show(UNKNOWN));
}

async function ask() {
  if (!leads()) return channel.postMessage({ asks: true });
  let told = UNKNOWN;
  try {
    const answer = await fetch(places[0].dataset.wants, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(10_000) });
    if (answer.ok) told = await answer.json();
  } catch {
    // The server is away: it is asked again.
  }
  channel?.postMessage(told);
  show(told);
}

function show(told) {
  known = told;
  title.textContent = told.count ? `(${told.count}) ${title.dataset.own}` : title.dataset.own;
  for (const place of places) {
    const badge = place.querySelector(".concern");
    badge.hidden = !told.count;
    badge.title = told.words;
    badge.querySelector("[aria-hidden]").textContent = told.count;
    badge.querySelector(".unseen").textContent = `: ${told.words}`;
  }
  ring(told.newest);
}
