// What can be written at the place where one writes: a saved reply after a slash, a colleague after an at sign.

import { fetched } from "../web/documents.js";

const BEGUN = /(?:^|\s)([/@])([\p{L}\p{N}_-]{0,32})$/u;
const WAIT = 150;

let open = null;

/** Offer them in the fields of `form`; `base` is where the conversation is. */
export function suggest(form, base, inbox) {
  const box = form.querySelector("[data-suggests]");
  for (const field of form.querySelectorAll("textarea[data-mode]")) field.ariaHasPopup = "listbox";
  let timer = null;
  close();

  form.addEventListener("input", (event) => {
    const field = event.target.closest("textarea");
    if (!field) return;
    const begun = begunIn(field);
    clearTimeout(timer);
    if (!begun || begun[1] !== (field.dataset.mode === "note" ? "@" : "/")) return close();
    if (begun[1] === "@") return void offer(field, begun);
    // Who goes on typing and presses Enter means what fits by then.
    if (open) open.now = () => { clearTimeout(timer); return offer(field, begun); };
    timer = setTimeout(() => offer(field, begun), WAIT);
  });
  form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || close());
  box.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const item = event.target.closest("[role=option]");
    if (item) choose(item);
  });

  async function offer(field, [begun, sign, word]) {
    let items;
    try {
      items = sign === "@" ? colleagues(word) : await replies(word);
    } catch {
      return close();
    }
    // Whoever typed on meanwhile is offered what fits that.
    if (document.activeElement !== field || begunIn(field)?.[0] !== begun) return;
    items.forEach((item, at) => { item.id = `s-${at}`; });
    box.replaceChildren(...items);
    if (!items.length) return close();
    open = { box, field, length: sign.length + word.length, base };
    box.hidden = false;
    point(0);
  }

  function colleagues(word) {
    const names = [...inbox.querySelectorAll("[data-key=a] [name=user_id] bdi")].map((each) => each.textContent);
    const fit = names.filter((name) => name.toLocaleLowerCase().startsWith(word.toLocaleLowerCase()));
    return fit.slice(0, 8).map((name) => option(name, "", `@${name} `));
  }

  async function replies(word) {
    const way = form.querySelector("#f-way option:checked, .ways p[data-channel]");
    const page = await fetched(`${base}/replies?${new URLSearchParams({ q: word, channel: way?.dataset.channel ?? "" })}`);
    return [...page.querySelectorAll("li")].map((each) => option(each.dataset.name, `/${each.dataset.shortcut}`, "", each.id));
  }
}

const begunIn = (field) => BEGUN.exec(field.value.slice(0, field.selectionStart));

function option(name, beside, text, id = "") {
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  Object.assign(item.dataset, { text, of: id });
  item.append(Object.assign(document.createElement("b"), { textContent: name }), Object.assign(document.createElement("span"), { textContent: ` ${beside}`, className: "soft" }));
  return item;
}

function point(at) {
  const items = [...open.box.children];
  items.forEach((each, one) => each.setAttribute("aria-selected", String(one === at)));
  open.field.setAttribute("aria-activedescendant", items[at].id);
  items[at].scrollIntoView({ block: "nearest" });
}

function close() {
  if (!open) return;
  open.box.hidden = true;
  open.field.removeAttribute("aria-activedescendant");
  open = null;
}

async function choose(item) {
  const { field, length, base } = open;
  const end = field.selectionStart;
  close();
  let { text } = item.dataset;
  if (item.dataset.of) {
    try {
      text = (await fetched(`${base}/replies?id=${encodeURIComponent(item.dataset.of.slice(2))}`)).querySelector("pre").textContent;
    } catch {
      return;
    }
  }
  field.setRangeText(text, end - length, end, "end");
  // What is not known of this person is to be written over.
  const gap = /\{\{.*?\}\}/.exec(text);
  if (gap) field.setSelectionRange(end - length + gap.index, end - length + gap.index + gap[0].length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

// Before the keys of the page.
document.addEventListener("keydown", (event) => {
  if (!open || event.target !== open.field) return;
  const items = [...open.box.children];
  const at = items.findIndex((each) => each.ariaSelected === "true");
  if (event.key === "ArrowDown") point((at + 1) % items.length);
  else if (event.key === "ArrowUp") point((at + items.length - 1) % items.length);
  else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") {
    if (open.now) open.now().then(() => open && choose(open.box.children[0]));
    else choose(items[at]);
  }
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
