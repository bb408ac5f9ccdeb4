// Where in the panes beside the list the keyboard is: whoever presses something by it goes on from there, though what stands there
// makes way for what stands there now.

/** The place of what has the focus; null where it is in neither pane. */
export function placeOf(node) {
  const pane = node.closest("#talking, #person");
  if (!pane) return null;
  return { pane: pane.id, id: node.id, at: [...pane.querySelectorAll("details")].indexOf(node.closest("details")) };
}

/** Give the focus to what is at that place by now. */
export function focusAt({ pane, id, at }) {
  const now = document.getElementById(pane);
  const same = id ? document.getElementById(id) : null;
  const summary = now?.querySelectorAll("details")[at]?.querySelector("summary");
  for (const each of [same, summary, now]) {
    // What follows what happens is drawn anew at any moment.
    if (!each || each.closest("[data-fresh]")) continue;
    // What is shut away takes no focus.
    each.focus({ preventScroll: true });
    if (document.activeElement === each) return;
  }
}
