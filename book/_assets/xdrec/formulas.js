// A formula wider than the page gets smaller letters, to a limit; what is wider still scrolls
// sideways, and so it must be reachable by keyboard.
(() => {
  "use strict";

  const SMALLEST = 0.62;

  function reach() {
    for (const formula of document.querySelectorAll("mjx-container[display]")) {
      // MathJax's own size, which is a share of the text's.
      const size = formula.dataset.size ?? formula.style.fontSize;
      formula.dataset.size = size;
      formula.style.fontSize = size;
      // A folded formula has no width: it is seen to when its fold opens.
      const share = formula.clientWidth / formula.scrollWidth;
      if (share < 1) formula.style.fontSize = `calc(${size || "1em"} * ${Math.max(share * 0.99, SMALLEST)})`;
      if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
      else formula.removeAttribute("tabindex");
    }
  }

  async function start() {
    await MathJax.startup.promise; // all formulas are set
    reach();
    addEventListener("resize", reach);
    addEventListener("toggle", reach, true); // does not bubble
  }

  // MathJax may come before or after this script.
  if (globalThis.MathJax?.startup) start();
  else document.querySelector('script[src*="mathjax"]').addEventListener("load", start);
})();
