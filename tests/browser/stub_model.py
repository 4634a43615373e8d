"""What tests of widgets share: a stand-in for JupyterLab's model, titles that mean harm, a look for
what is cut off."""

from playwright.sync_api import Locator

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    '"><svg onload=alert(2)>',
    "\u202eleft",
    "l" * 9999,
]

CUT = """(e) => [...e.querySelectorAll(".xdrec-lab, .xdrec-lab *")]
  .filter((x) => !x.closest(".xdrec-lab-said, .xdrec-lab-history, option"))
  .filter((x) => x.getBoundingClientRect().right > e.getBoundingClientRect().right + 1)
  .map((x) => x.className.baseVal ?? x.className)"""


def cut_off(widget: Locator) -> list[str]:
    """The classes of what stands out of the widget at its right."""
    found: list[str] = widget.evaluate(CUT)
    return found


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
