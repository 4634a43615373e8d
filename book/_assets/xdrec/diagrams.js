// Draws the flow charts of a page from the Mermaid source beside each. A classic script, no module:
// browsers refuse modules in a page opened from disk.
(() => {
  "use strict";

  const mermaid = xdrecMermaid.default;
  // The book's own colours, by name, so that the drawings follow the theme with nothing drawn anew.
  const dress = `
    .node :is(rect, polygon) { fill: var(--xdrec-room); stroke: var(--xdrec-edge); }
    .edgePath .path, .flowchart-link { stroke: var(--xdrec-soft); stroke-width: 1.5px; }
    .marker { fill: var(--xdrec-soft); stroke: var(--xdrec-soft); }
    text, tspan { fill: var(--xdrec-ink); }
    .edgeLabel rect { fill: var(--pst-color-background); opacity: 1; }
  `;
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    theme: "base",
    fontFamily: "system-ui, sans-serif",
    htmlLabels: false,
    // Close together: a telephone shows the whole drawing, its words the larger the narrower it is.
    flowchart: { nodeSpacing: 12, rankSpacing: 35, padding: 8, wrappingWidth: 150 },
    themeCSS: dress,
  });

  // Of the size that Mermaid gives a drawing. Below it words cannot be read: a wider one scrolls.
  const SMALLEST = 0.62;

  async function draw(el, which) {
    const source = el.querySelector("pre").textContent;
    const { svg } = await mermaid.render(`xdrec-diagram-${which}`, source);
    el.querySelector(".xdrec-fallback").outerHTML = `<div class="xdrec-drawn">${svg}</div>`;
    const drawn = el.querySelector("svg");
    drawn.style.minWidth = `${SMALLEST * drawn.viewBox.baseVal.width}px`;
    el.dataset.live = "yes";
  }

  // What scrolls must be reachable by keyboard.
  function reach() {
    for (const el of document.querySelectorAll(".xdrec-drawn")) {
      if (el.scrollWidth > el.clientWidth) el.tabIndex = 0;
      else el.removeAttribute("tabindex");
    }
  }

  // One after the other: Mermaid draws in a scratch element of the page.
  (async () => {
    const all = document.querySelectorAll(".xdrec-diagram");
    for (const [which, el] of all.entries()) await draw(el, which);
    reach();
    addEventListener("resize", reach);
  })();
})();
