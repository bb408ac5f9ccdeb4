// Opens and closes native dialogs where the browser does not do it by itself, and what drops down.

const byButton = "commandForElement" in HTMLButtonElement.prototype;

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener && !(byButton && opener.matches("[commandfor]"))) {
    event.preventDefault();
    open(opener.dataset.opens);
  }
  const closer = event.target.closest("[data-closes]");
  if (closer && !byButton) closer.closest("dialog").close();
  const dialog = event.target;
  if (dialog.matches("dialog[open]")) dialog.close();
  for (const drop of document.querySelectorAll("details[data-drop][open]")) if (!drop.contains(event.target)) drop.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const drop = event.target.closest("details[data-drop][open]");
  if (drop) {
    drop.open = false;
    drop.querySelector("summary").focus();
    event.preventDefault();
  }
});

// What asks for a name goes on only once it stands there.
for (const field of document.querySelectorAll("[data-confirms]")) {
  const button = field.form.querySelector("button[type=submit]");
  const look = () => { button.disabled = field.value.trim() !== field.dataset.confirms; };
  field.addEventListener("input", look);
  look();
}

export function open(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}
