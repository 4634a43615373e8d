"""What JupyterLab would give a widget's JavaScript, for tests that make the state themselves."""

# `model` reads and writes `state`, and counts who listens; `frame()` waits until all is drawn.
MODEL = """
  const listeners = new Set();
  const model = {
    get: (name) => state[name],
    set: (name, value) => {
      state[name] = value;
      listeners.forEach(([event, act]) => event === `change:${name}` && act());
    },
    save_changes: () => {},
    on: (event, act) => listeners.add([event, act]),
    off: (event, act) =>
      listeners.forEach((l) => l[0] === event && l[1] === act && listeners.delete(l)),
  };
  const el = document.body.appendChild(document.createElement("div"));
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
"""
