// The list of the inbox follows what happens: a row that is there changes where it stands; what moves it waits until nobody is about
// to press something in it, and until then what is new gathers above.

import { fetched, said } from "../../web/documents.js";
import { count } from "../../web/listing.js";
import { live } from "../../web/live.js";
import { unfetched } from "../../web/toasts.js";
import { clone, words } from "../../web/words.js";

const TOP_PIXELS = 40;

/** Mark which row is open: that of `url`, else as the page says. */
export function mark(inbox, url = "") {
  const here = new URL(url || location.href, location.href);
  const open = url ? here.pathname.split("/")[2] : inbox.dataset.open;
  for (const link of inbox.querySelectorAll("#rows .open")) {
    const row = link.closest("li");
    // What was found is one place of a conversation, of which others may be found, too.
    const is = Boolean(open) && row.dataset.id === open && (!row.dataset.key || placeOf(new URL(link.href)) === placeOf(here));
    if (is) {
      link.ariaCurrent = "true";
      read(row);
    }
    else link.removeAttribute("aria-current");
  }
}

const placeOf = (url) => url.searchParams.get("at");

// What is open is read; the server hears of it from whoever reads it.
function read(row) {
  row.classList.remove("unread");
  row.querySelector(".new")?.remove();
}

/** Follow what happens; returns what shows another page's list at once, with nothing chosen. */
export function followList(inbox) {
  const pane = inbox.querySelector("[data-list]");
  const scroll = pane.querySelector("[data-scroll]");
  const newer = clone("t-newer");
  newer.hidden = true;
  scroll.before(newer);
  let waiting = null;

  const isLeftAlone = () => scroll.scrollTop < TOP_PIXELS && !(matchMedia("(hover: hover)").matches && scroll.matches(":hover")) && !scroll.querySelector(":focus-visible, .choose :checked");
  const apply = () => {
    if (!waiting) return;
    place(inbox, scroll, waiting);
    waiting = null;
    newer.hidden = true;
  };
  newer.addEventListener("click", () => { scroll.scrollTop = 0; apply(); inbox.querySelector("#rows .open")?.focus(); });
  scroll.addEventListener("mouseleave", () => isLeftAlone() && apply());
  scroll.addEventListener("focusout", () => setTimeout(() => isLeftAlone() && apply()));

  const renew = (page) => {
    heads(pane, page);
    // What was found stays as it was found.
    if (pane.querySelector("[data-found]")) return 0;
    const shown = rows(pane);
    let unknown = 0;
    for (const row of page.querySelectorAll("#rows > li")) {
      const before = shown.get(row.dataset.id);
      if (!before) unknown += 1;
      else change(before, row);
    }
    mark(inbox);
    return unknown;
  };
  live(["inbox", "talks", "messages", "contacts", "reads"], async () => {
    const query = new URL(inbox.dataset.page, location.href).search;
    const page = await fetched(`/inbox/list${query}`);
    const unknown = renew(page);
    if (pane.querySelector("[data-found]")) return;
    waiting = page;
    if (isLeftAlone()) apply();
    newer.textContent = words.newer.replace("{count}", unknown);
    newer.hidden = !waiting || !unknown;
  }, { concerns: (topic, id) => ["inbox", "talks", "reads"].includes(topic) || Boolean(scroll.querySelector(`#rows > [data-id="${CSS.escape(id)}"]`)) });

  pane.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-further]");
    if (!link || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    if (link.ariaBusy === "true") return;
    link.ariaBusy = "true";
    try {
      const page = await fetched(link.href);
      const known = rows(pane);
      const more = [...page.querySelectorAll("[data-rows] > li")].filter((row) => !known.has(keyOf(row))).map((row) => document.importNode(row, true));
      pane.querySelector("[data-rows]").append(...more);
      const following = page.querySelector("[data-further]");
      if (following) link.href = following.href;
      else link.parentElement.remove();
      more[0]?.querySelector(".open").focus();
      mark(inbox);
      count(pane);
    } catch (error) {
      unfetched(link.href, error);
    } finally {
      link.ariaBusy = "false";
    }
  });

  return (page) => {
    if (pane.querySelector("[data-found]")) return;
    pane.querySelectorAll("#rows .choose :checked").forEach((box) => { box.checked = false; });
    renew(page);
    waiting = page;
    apply();
    scroll.focus();
  };
}

const keyOf = (row) => row.dataset.key ?? row.dataset.id;

function rows(pane) {
  return new Map([...pane.querySelectorAll("[data-rows] > li")].map((row) => [keyOf(row), row]));
}

// How many there are in each list; not while one is about to choose one.
function heads(pane, page) {
  const lists = pane.querySelector("#lists");
  const now = page.getElementById("lists");
  if (said(lists) !== said(now) && !lists.matches(":focus-within") && !lists.querySelector("details[open]")) lists.replaceWith(document.importNode(now, true));
}

// What a row says now; the focus stays.
function change(row, now) {
  row.className = now.className;
  if (said(row) === said(now)) return;
  const isIn = row.contains(document.activeElement);
  const isChosen = row.querySelector(".choose input")?.checked;
  row.replaceChildren(...[...now.childNodes].map((node) => document.importNode(node, true)));
  if (isChosen) row.querySelector(".choose input").checked = true;
  if (isIn) row.querySelector(".open")?.focus({ focusVisible: false, preventScroll: true });
}

// The rows in their order now; those that were loaded below them stay.
function place(inbox, scroll, page) {
  const list = scroll.querySelector("#rows");
  const fresh = [...page.querySelectorAll("#rows > li")];
  const ids = new Set(fresh.map((row) => row.dataset.id));
  const shown = [...list.children];
  const last = fresh.at(-1)?.dataset.id;
  const end = shown.findIndex((row) => row.dataset.id === last);
  const isWhole = !page.querySelector("[data-further]");
  const below = end < 0 || isWhole ? [] : shown.slice(end + 1).filter((row) => !ids.has(row.dataset.id));
  const known = new Map(shown.map((row) => [row.dataset.id, row]));
  const order = [...fresh.map((row) => known.get(row.dataset.id) ?? document.importNode(row, true)), ...below];
  const had = document.activeElement?.closest("#rows > li")?.dataset.id;
  // What is where it was is not touched.
  if (order.length !== shown.length || order.some((row, at) => row !== shown[at])) list.replaceChildren(...order);
  const empty = page.querySelector(".rows > .empty");
  scroll.querySelector(":scope > .empty")?.remove();
  if (empty) list.after(document.importNode(empty, true));
  if (!below.length) {
    scroll.querySelector(".pager")?.remove();
    const pager = page.querySelector(".rows > .pager");
    if (pager) scroll.append(document.importNode(pager, true));
  }
  mark(inbox);
  count(inbox.querySelector("[data-list]"));
  if (had) list.querySelector(`li[data-id="${CSS.escape(had)}"] .open`)?.focus({ focusVisible: false, preventScroll: true });
}
