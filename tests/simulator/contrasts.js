// Gives the visible texts whose contrast with the ground behind them is below 4.5 (WCAG 2.2, 1.4.3).
() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  const paint = (colours) => {
    brush.clearRect(0, 0, 1, 1);
    for (const colour of ["white", ...colours]) {
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
    }
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const grounds = (node) => (node ? [...grounds(node.parentElement), getComputedStyle(node).backgroundColor] : []);
  const contrast = (node, colour) => {
    const ground = grounds(node);
    const [light, dark] = [luminance(paint(ground)), luminance(paint([...ground, colour]))].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const seen = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length && !node.closest(".unseen, svg, [hidden], noscript");
  const texts = [...document.body.querySelectorAll("*")].filter((node) => seen(node) && [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()));
  const told = texts.map((node) => [node, getComputedStyle(node).color]);
  for (const field of document.querySelectorAll("textarea, input:not([type=radio])")) {
    if (seen(field)) told.push([field, getComputedStyle(field).color], [field, getComputedStyle(field, "::placeholder").color]);
  }
  if (told.length < 10) return ["hardly any text was found"];
  return told
    .map(([node, colour]) => [node, contrast(node, colour)])
    .filter(([, ratio]) => ratio < 4.5)
    .map(([node, ratio]) => `${node.tagName}.${node.className} “${node.textContent.trim().slice(0, 20)}” ${ratio.toFixed(2)}`);
}
