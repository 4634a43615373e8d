// Turns the slides of a deck: buttons, arrow keys, Page Up and Down, the space bar, Home and End. The
// address keeps the number. Without this script all slides stand one below the other.
(() => {
  "use strict";

  const slides = [...document.querySelectorAll(".xdrec-slide")];
  const number = document.querySelector("nav output");
  const buttons = document.querySelectorAll("nav [data-step]");
  let at = 0;

  function show(which) {
    at = Math.max(0, Math.min(slides.length - 1, which));
    for (const [n, slide] of slides.entries()) {
      slide.inert = n !== at;
      slide.classList.toggle("xdrec-now", n === at);
    }
    number.textContent = `${at + 1} / ${slides.length}`;
    for (const button of buttons) button.disabled = !slides[at + Number(button.dataset.step)];
    history.replaceState(null, "", `#${at + 1}`);
  }

  const steps = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1, Home: -Infinity, End: Infinity };
  addEventListener("keydown", (event) => {
    // What is moved or written by the same keys keeps them.
    const own = event.target.closest?.(".xdrec-widget, input, select, textarea, button, summary, a");
    const step = steps[event.key];
    if (!step || own || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    show(at + step);
  });
  for (const button of buttons) {
    button.addEventListener("click", () => show(at + Number(button.dataset.step)));
  }
  addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1 || 0));
  document.body.classList.add("xdrec-live");
  show(Number(location.hash.slice(1)) - 1 || 0);
})();
