// Keys for the sliders of a Plotly figure, which Plotly itself moves by mouse and by touch alone:
// Tab, the arrow keys, Page Up and Down, Home and End. Loaded before figures.js, which calls it.
(() => {
  "use strict";

  const FORWARDS = { ArrowRight: 1, ArrowUp: 1, PageUp: 3, End: Infinity };
  const BACKWARDS = { ArrowLeft: -1, ArrowDown: -1, PageDown: -3, Home: -Infinity };
  const KEYS = { ...FORWARDS, ...BACKWARDS };

  const plain = (text) => text.replace(/<[^>]*>/g, "").trim();

  // Plotly binds its own description to each node: to a group its slider, to a mark its step.
  function state(group) {
    const slider = group.__data__;
    const marks = [...group.querySelectorAll(".slider-tick-rect")];
    const steps = marks.map((mark) => mark.__data__);
    return { slider, marks, steps, at: steps.indexOf(slider.steps[slider.active]) };
  }

  function tell(group, which) {
    const { slider, steps, at } = state(group);
    const { prefix = "", suffix = "" } = slider.currentvalue;
    const told = { role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuenow": at };
    told["aria-label"] = plain(prefix).replace(/[:=\s]+$/, "") || `slider ${which + 1}`;
    told["aria-valuemax"] = steps.length - 1;
    told["aria-valuetext"] = plain(steps[at].label + suffix);
    for (const [name, value] of Object.entries(told)) group.setAttribute(name, value);
  }

  // A press of the mouse on the step's mark: whatever that does, with all that hangs on it, a key
  // does too.
  function press(el, group, mark) {
    const { left, right, top } = mark.getBoundingClientRect();
    const at = { clientX: (left + right) / 2, clientY: top, cancelable: true };
    group.querySelector(".slider-grip-rect").dispatchEvent(new MouseEvent("mousedown", at));
    el.dispatchEvent(new MouseEvent("mouseup", at));
  }

  globalThis.xdrecSliders = (el) => {
    const all = () => el.querySelectorAll(".slider-group").forEach(tell);
    // Plotly draws anew for a new width or theme, and moves a slider too if its figure is animated.
    for (const event of ["plotly_afterplot", "plotly_sliderchange"]) el.on(event, all);
    all();
    el.addEventListener("keydown", (event) => {
      const group = event.target.closest(".slider-group");
      const step = KEYS[event.key];
      if (!group || !step || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      // A deck of slides is turned by the same keys.
      event.stopPropagation();
      const { marks, at } = state(group);
      press(el, group, marks[Math.max(0, Math.min(marks.length - 1, at + step))]);
    });
  };
})();
