// Seconds that are left, as the server counted them when it said so: a clock that is wrong counts on rightly.

const begun = new WeakMap();

/** Let each `data-left` within `root` go down. */
export function countDown(root) {
  setInterval(() => {
    for (const node of root.querySelectorAll("[data-left]")) {
      if (!begun.has(node)) begun.set(node, performance.now());
      const passed = (performance.now() - begun.get(node)) / 1000;
      node.textContent = `${Math.max(0, Math.round(node.dataset.left - passed))} s`;
    }
  }, 500);
}
