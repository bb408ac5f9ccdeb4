// Lists: rows are chosen by a box, with Shift up to another one; more of them come in below, without a new page.

import { fetched } from "./documents.js";
import { isTyping, words } from "./words.js";

// Of rows; what chooses all of them may stand above, in the same table.
const BOX = "[data-rows] .choose input:not([data-all])";

for (const list of document.querySelectorAll("[data-listing]")) choosing(list);
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-more]");
  if (link && !event.metaKey && !event.ctrlKey) more(link, event);
});

function boxes(list) {
  return [...list.querySelectorAll(BOX)];
}

function choosing(list) {
  const all = list.querySelector("[data-all]");
  if (!all) return;
  const clear = list.querySelector("[data-clear]");
  all.hidden = clear.hidden = false;
  let last = null;
  list.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches(BOX)) return;
    if (event.shiftKey && last) {
      const row = boxes(list);
      const [from, to] = [row.indexOf(last), row.indexOf(box)].sort((a, b) => a - b);
      row.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
    }
    last = box;
  });
  list.addEventListener("change", (event) => {
    if (event.target === all) boxes(list).forEach((each) => { each.checked = all.checked; });
    count(list);
  });
  clear.addEventListener("click", () => chooseNone(list));
  // Shift would mark the text of the rows between.
  list.addEventListener("mousedown", (event) => event.shiftKey && event.target.closest(".choose") && event.preventDefault());
  count(list);
}

export function count(list) {
  const chosen = boxes(list).filter((each) => each.checked).length;
  const all = list.querySelector("[data-all]");
  if (!all) return;
  all.checked = chosen > 0 && chosen === boxes(list).length;
  all.indeterminate = chosen > 0 && !all.checked;
  list.querySelector("[data-count]").textContent = chosen ? words.selected.replace("{count}", chosen) : "";
}

function chooseNone(list) {
  const first = list.querySelector(`${BOX}:checked`);
  boxes(list).forEach((each) => { each.checked = false; });
  count(list);
  first?.focus();
}

// The next page's rows below these; the link leads there itself where they cannot be had.
async function more(link, event) {
  event.preventDefault();
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  const list = document.querySelector("[data-listing]");
  try {
    const page = await fetched(link.href);
    const rows = [...page.querySelectorAll("[data-rows] tbody > tr")];
    const following = page.querySelector("[data-more]");
    const shown = rows.map((row) => document.importNode(row, true));
    list.querySelector("tbody").append(...shown);
    if (following) link.href = following.href;
    else link.remove();
    shown[0]?.querySelector(".open")?.focus();
    count(list);
  } catch {
    failed(list);
  } finally {
    link.ariaBusy = "false";
  }
}

function failed(list) {
  let line = list.parentElement.querySelector("[data-failed]");
  if (!line) {
    line = Object.assign(document.createElement("p"), { className: "loading" });
    line.dataset.failed = "";
    line.setAttribute("role", "alert");
    list.after(line);
  }
  line.textContent = words.failed;
}

// j and k go from row to row, x chooses one, Escape none.
document.addEventListener("keydown", (event) => {
  const list = document.querySelector("[data-listing]");
  if (!list || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
  const at = document.activeElement?.closest("[data-rows] :is(tr, li)");
  if (event.key === "Escape" && list.querySelector(`${BOX}:checked`)) return chooseNone(list);
  if (isTyping(event.target)) return;
  const links = [...list.querySelectorAll("[data-rows] .open")];
  if (event.key === "j" || event.key === "k") {
    const here = links.findIndex((link) => at?.contains(link));
    const to = event.key === "j" ? here + 1 : here - 1;
    links[Math.max(0, Math.min(links.length - 1, to))]?.focus();
  }
  if (event.key === "x" && at) {
    const box = at.querySelector(".choose input");
    box?.click();
  }
});
