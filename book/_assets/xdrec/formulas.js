// A formula wider than the page scrolls sideways, and so it must be reachable by keyboard. MathJax
// sets formulas when it has loaded; nothing tells other scripts, so the page is watched.
(() => {
  "use strict";
  const reach = () => {
    for (const formula of document.querySelectorAll("mjx-container[display]")) {
      const wide = formula.scrollWidth > formula.clientWidth;
      if (wide) formula.tabIndex = 0;
      else formula.removeAttribute("tabindex");
    }
  };
  new MutationObserver(reach).observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", reach);
  reach();
})();
