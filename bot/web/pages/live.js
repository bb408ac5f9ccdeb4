// What is shown is asked for again when it has changed: `live(["messages"], refresh)`.
//
// All tabs of a browser share one stream, since a browser has six connections to a server: the tab that holds the lock
// listens to /live and tells the others. Whatever becomes of the stream, each page that is looked at asks fifteen seconds
// after it last did, and when it is looked at again.

const NAME = "recado-live";
const EVERY = 15_000;
const AGAIN = 15_000;
// A page asks for a twentieth of its time at most, unless it says otherwise: the busier the server, the longer it leaves it alone.
const REST = 19;

const asking = new Set();
const watching = new Set();
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(NAME) : null;

let leading = false;
let stands = true;
let leaving = null;

/**
 * Call `ask` when something of these topics has changed: once at a time, at most once in `every` milliseconds, and less
 * often where an answer takes long.
 *
 * `ask` may be async. It gets a Map of ids by topic, where null stands for many; null instead of the Map stands for
 * anything, as after the stream was lost. Where ids are told, only those count that `concerns(topic, id)`; after an answer it
 * rests `rest` times as long as that took. `unseen` asks on pages, too, that nobody looks at. Returns a function that ends it.
 */
export function live(topics, ask, { every = 1000, rest = REST, concerns = () => true, unseen = false } = {}) {
  const one = asker(new Set(topics), ask, { every, rest, concerns, unseen });
  asking.add(one);
  join();
  return () => {
    asking.delete(one);
    one.end();
  };
}

/** Call `show(stands)` when the stream is lost, and when it stands again. Returns a function that ends it. */
export function onLine(show) {
  watching.add(show);
  join();
  return () => watching.delete(show);
}

/** Whether this page is to ask for the others of its browser, too. */
export function leads() {
  return leading || !navigator.locks;
}

function asker(topics, ask, { every, rest, concerns, unseen }) {
  let changed = new Map();
  let waits = false;
  let busy = false;
  let next = -Infinity;
  let timer = null;
  let beat = setTimeout(anything, EVERY);

  const isAway = () => document.hidden && !unseen;

  async function go() {
    timer = null;
    if (busy || isAway() || !waits) return;
    const hints = changed;
    changed = new Map();
    waits = false;
    busy = true;
    const since = performance.now();
    next = since + every;
    clearTimeout(beat);
    beat = setTimeout(anything, EVERY);
    try {
      await ask(hints);
    } catch (error) {
      console.error(error);
    } finally {
      busy = false;
      const now = performance.now();
      next = Math.max(next, now + rest * (now - since));
      soon();
    }
  }

  function soon() {
    if (!waits || busy || timer !== null || isAway()) return;
    timer = setTimeout(go, Math.max(0, next - performance.now()));
  }

  function anything() {
    changed = null;
    waits = true;
    soon();
  }

  function hear(hints) {
    if (hints === null) return anything();
    for (const [topic, ids] of Object.entries(hints)) {
      if (!topics.has(topic) || (ids && !ids.some((id) => concerns(topic, id)))) continue;
      waits = true;
      if (changed === null) continue;
      const known = changed.get(topic);
      if (ids === null || known === null) changed.set(topic, null);
      else changed.set(topic, [...new Set([...(known ?? []), ...ids])]);
    }
    soon();
  }

  function end() {
    clearTimeout(beat);
    clearTimeout(timer);
    waits = false;
  }
  return { hear, anything, end };
}

function tell(message) {
  channel?.postMessage(message);
  hear(message);
}

function hear(message) {
  if (message.asks) {
    if (leading) channel.postMessage({ stands });
    return;
  }
  if ("stands" in message && message.stands !== stands) {
    stands = message.stands;
    for (const show of watching) show(stands);
  }
  if ("hints" in message) for (const one of asking) one.hear(message.hints);
}

/** Listen to /live until `signal` is aborted. */
function stream(signal) {
  return new Promise((done) => {
    let source = null;
    let timer = null;
    leading = true;
    const open = () => {
      source = new EventSource("/live");
      source.onopen = () => tell({ stands: true, hints: null });
      source.onmessage = (event) => tell({ hints: JSON.parse(event.data) });
      source.onerror = () => {
        tell({ stands: false });
        // Refused, or signed out: the browser does not try again by itself.
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN);
      };
    };
    open();
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      source.close();
      leading = false;
      done();
    });
  });
}

function join() {
  if (leaving !== null) return;
  leaving = new AbortController();
  const { signal } = leaving;
  if (channel !== null && navigator.locks) {
    channel.postMessage({ asks: true });
    navigator.locks.request(NAME, { signal }, () => stream(signal)).catch(() => {});
  } else if (!document.hidden) {
    // Without https a page has no locks: then only the one that is looked at listens.
    stream(signal);
  }
}

function leave() {
  leaving?.abort();
  leaving = null;
}

if (channel !== null) channel.onmessage = (event) => hear(event.data);
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => {
  if (!event.persisted || asking.size + watching.size === 0) return;
  join();
  for (const one of asking) one.anything();
});
document.addEventListener("visibilitychange", () => {
  if (!navigator.locks) {
    leave();
    if (asking.size + watching.size > 0) join();
  }
  if (!document.hidden) for (const one of asking) one.anything();
});
