// A fault leads to its line in the text.

const text = document.getElementById("f-source");

for (const link of document.querySelectorAll("a[data-line]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const lines = text.value.split("\n");
    const number = Math.min(Number(link.dataset.line), lines.length);
    const begin = lines.slice(0, number - 1).reduce((length, line) => length + line.length + 1, 0);
    text.focus();
    text.setSelectionRange(begin, begin + lines[number - 1].length);
    text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, number - 4);
  });
}
