// What is told of a way to the contact is told of the one that is chosen.

/** Show it; to be called again when something was told anew. */
export function tellWays(form) {
  const chosen = form.querySelector("[name=way]")?.value ?? "";
  for (const line of form.querySelectorAll("[data-way]")) line.hidden = line.dataset.way !== chosen;
}
