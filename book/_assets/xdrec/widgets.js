// Brings the widgets of a page to life where no kernel answers: each finds its state in the page,
// its code in `xdrecWidgets` (a script beside this one), and a small stand-in for JupyterLab's model.
// A classic script, no module: browsers refuse modules in a page that was opened from disk.
(() => {
  "use strict";

  function modelOf(state) {
    const listeners = new Map();
    const changed = new Set();
    const tell = (event) => [...(listeners.get(event) ?? [])].forEach((act) => act());
    return {
      get: (name) => state[name],
      set: (name, value) => {
        if (state[name] === value) return;
        state[name] = value;
        changed.add(name);
        tell(`change:${name}`);
      },
      // With no kernel there is nobody to save to; listeners learn of the change as in the lab.
      save_changes: () => {
        if (changed.size) tell("change");
        changed.clear();
      },
      on: (event, act) => listeners.set(event, (listeners.get(event) ?? new Set()).add(act)),
      off: (event, act) => listeners.get(event)?.delete(act),
    };
  }

  async function start(el) {
    const name = el.dataset.widget;
    const widget = globalThis.xdrecWidgets?.[name];
    if (!widget) throw new Error(`no script of this page has a widget ${name}`);
    const script = el.querySelector('script[type="application/vnd.xdrec.widget+json"]');
    const fallback = el.querySelector(".xdrec-fallback");
    const model = modelOf(JSON.parse(script.textContent));
    script.remove();
    await widget.initialize?.({ model });
    await widget.render({ model, el });
    fallback.remove();
    el.dataset.live = "yes";
  }

  document.querySelectorAll(".xdrec-widget[data-widget]").forEach(start);
})();
