// Where in the panes beside the list the keyboard is: whoever presses something by it goes on from there, though what stands there
// makes way for what stands there now.

/** The place of what has the focus; null where it is in neither pane. */
export function placeOf(node) {
  const pane = node.closest("#talking, #person");
  if (!pane) return null;
  return { pane: pane.id, id: node.id, key: node.closest("[data-key]")?.dataset.key, at: [...pane.querySelectorAll("details")].indexOf(node.closest("details")) };
}

/** Give the focus to what is at that place by now. */
export function focusAt({ pane, id, key, at }) {
  const now = document.getElementById(pane);
  const same = id ? document.getElementById(id) : null;
  const button = key ? now?.querySelector(`[data-key="${key}"] :is(summary, button)`) : now?.querySelectorAll("details")[at]?.querySelector("summary");
  // What is shut away takes no focus.
  for (const each of [same, button, now]) {
    each?.focus({ preventScroll: true });
    if (document.activeElement === each) return;
  }
}
