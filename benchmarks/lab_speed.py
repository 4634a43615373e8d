"""How fast the lab answers: `python -m benchmarks.lab_speed` (needs Chromium, under a minute).

FusionMixer ranks 10,000 items of 5 modalities again and shows 20. Timed inside the page: from the
input event to the first task after the next animation frame, over `MOVES` moves of a slider.
Beside it, in the same page, the least that such a move can cost: the weighted sums in one typed
array and their largest found by sorting numbers, nothing drawn. Then WorldBuilder with a kernel:
how long a new world and every strategy on it take.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.times import Times
from xdrec.lab.base import HERE, code, sheet
from xdrec.lab.play import KNOBS, START, deal, play

ITEMS, MODALITIES, SHOWN, MOVES = 10_000, 5, 20, 60
PEOPLE, THINGS = 1000, 500

# As `xdrec.lab.fusion_mixer` is given it by JupyterLab or the book.
PAGE = """async ([state, moves]) => {
  const listeners = new Map();
  const model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; listeners.get(`change:${name}`)?.(); },
    save_changes: () => {},
    on: (event, act) => listeners.set(event, act),
    off: (event) => listeners.delete(event),
  };
  const url = URL.createObjectURL(new Blob([state.script], { type: "text/javascript" }));
  const widget = (await import(url)).default;
  const el = document.body.appendChild(document.createElement("div"));
  await widget.render({ model, el });
  const slider = el.querySelector("input[type=range]");
  const settled = () => new Promise((done) => setTimeout(done, 60));
  const answer = (value) => new Promise((done) => {
    const start = performance.now();
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done(performance.now() - start);
      port2.postMessage(0);
    });
  });
  await settled();
  const times = [], lists = new Set();
  for (const value of moves) {
    times.push(await answer(value));
    lists.add([...el.querySelectorAll(".xdrec-lab-title")].map((e) => e.textContent).join());
    await settled();
  }
  const { scores } = state.data.users[state.user];
  const columns = scores.map((row) => Float64Array.from(row));
  const bare = moves.map((value) => {
    const start = performance.now();
    const total = new Float64Array(columns[0].length);
    columns.forEach((column) => column.forEach((score, i) => (total[i] += value * score)));
    total.slice().sort().subarray(-20);
    return performance.now() - start;
  });
  return { times, bare, lists: lists.size, rows: el.querySelectorAll(".xdrec-lab-item").length };
}"""


def state() -> dict[str, Any]:
    """All items are candidates, as where no item is beaten in every modality at once."""
    rng = np.random.default_rng(0)
    names = ["text", "image", "audio", "behaviour", "source"][:MODALITIES]
    scores = rng.random((MODALITIES, ITEMS)).round(6)
    items = [{"id": f"i{i}", "title": f"Item number {i}", "cover": ""} for i in range(ITEMS)]
    user = {"items": list(range(ITEMS)), "scores": scores.tolist(), "truth": [], "history": [],
            "exact": True}  # fmt: skip
    even = dict.fromkeys(names, 1 / MODALITIES)
    data = {"modalities": names, "items": items, "users": {"ann": user}, "order": ["ann"],
            "start": even, "mark": "held out"}  # fmt: skip
    return {"alpha": even, "user": "ann", "k": SHOWN, "locked": [], "data": data,
            "language": "en", "script": code("fusion_mixer")}  # fmt: skip


def measured() -> dict[str, Any]:
    """Milliseconds of each move, in the page and of the bare sums beside it."""
    own = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
    moves = np.random.default_rng(1).random(MOVES).round(2).tolist()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=own if Path(own).exists() else None, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_style_tag(content=sheet() + (HERE / "fusion_mixer.css").read_text("utf-8"))
        found = page.evaluate(PAGE, [json.loads(json.dumps(state())), moves])
        browser.close()
    assert found["rows"] == SHOWN
    assert found["lists"] > MOVES / 4, "the list did not follow the slider"
    return found


def frame() -> Times:
    """Each move against a frame of a screen of 60 Hz, for `benchmarks.bench`."""
    times = measured()["times"]
    return Times(tuple(each / 1000 for each in times), (1 / 60,) * len(times))


def another_world() -> list[float]:
    """Seconds that WorldBuilder's answer takes in the lab: a new world each time, and all on it."""
    found = []
    for gap in (0.0, *KNOBS["gap"]):  # the first is to warm up
        settings = START | {"gap": gap}
        start = time.perf_counter()
        play(deal(settings, PEOPLE, THINGS, seed=1))
        found.append(time.perf_counter() - start)
    return found[1:]


def main() -> dict[str, float]:
    found = measured()
    figures = {
        "median_ms": float(np.median(found["times"])),
        "p95_ms": float(np.quantile(found["times"], 0.95)),
        "bare_median_ms": float(np.median(found["bare"])),
    }
    figures["ratio"] = figures["median_ms"] / figures["bare_median_ms"]
    print(f"{ITEMS:,} items, {MODALITIES} modalities, {SHOWN} shown, {MOVES} moves:")
    print(f"  median {figures['median_ms']:.1f} ms, 95 % within {figures['p95_ms']:.1f} ms")
    print(f"  sums and sort alone {figures['bare_median_ms']:.1f} ms: {figures['ratio']:.1f} x")
    seconds = another_world()
    figures["world_s"] = float(np.median(seconds))
    print(f"WorldBuilder, {PEOPLE:,} people and {THINGS} items, a new world and all fitted on it:")
    print(f"  median {figures['world_s']:.2f} s, longest {max(seconds):.2f} s")
    return figures


if __name__ == "__main__":
    main()
