// A formula wider than the page scrolls sideways, and so it must be reachable by keyboard.
(() => {
  "use strict";

  function reach() {
    for (const formula of document.querySelectorAll("mjx-container[display]")) {
      if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
      else formula.removeAttribute("tabindex");
    }
  }

  async function start() {
    await MathJax.startup.promise; // all formulas are set
    reach();
    addEventListener("resize", reach);
  }

  // MathJax may come before or after this script.
  if (globalThis.MathJax?.startup) start();
  else document.querySelector('script[src*="mathjax"]').addEventListener("load", start);
})();
