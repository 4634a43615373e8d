"""AttentionView without a kernel: point at either side, the other answers as Python says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.stub_model import MODEL
from xdrec.encoders.crossmodal import Association
from xdrec.lab import AttentionView

PAGE = "notebooks/03_encoders.html"

RUN = (
    "async ([state, steps]) => {"
    + MODEL
    + """
  const end = await xdrecWidgets.attention_view.render({ model, el });
  const much = (name) => [...el.querySelectorAll(`.xdrec-lab-${name}`)]
    .map((e) => Number(e.style.getPropertyValue("--much")));
  const shown = [];
  for (const step of steps) {
    for (const [name, value] of Object.entries(step)) model.set(name, value);
    await frame();
    shown.push({ words: much("word"), patches: much("patch") });
  }
  const before = listeners.size;
  const tags = el.querySelectorAll("script, svg").length;
  const tokens = [...el.querySelectorAll(".xdrec-lab-word")].map((e) => e.textContent);
  end();
  return { shown, tokens, tags, before, after: listeners.size, left: el.childElementCount };
}"""
)


def test_javascript_and_python_agree(trial: object, visit: Callable, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    hostile = ["</script><img src=x onerror=alert(1)>", "\u202eleft", "tea"]
    maps = [rng.dirichlet(np.ones(6), n).reshape(n, 2, 3) for n in (4, 3)]
    tokens = [list("abcd"), hostile]
    shares = [rng.dirichlet(np.ones(n)) for n in (4, 3)]
    Image.new("RGB", (30, 20), "teal").save(tmp_path / "a.png")
    seen = Association(np.ones((2, 4)), tokens, shares, maps)
    view = AttentionView(seen, [tmp_path / "a.png"] * 2)
    steps = [
        {"pair": pair, "word": word, "patch": patch}
        for pair in (0, 1)
        for word, patch in [(-1, -1), *((w, -1) for w in range(3)), *((-1, p) for p in range(6))]
    ]
    state = {name: getattr(view, name) for name in view.state}
    page = visit(trial, "search.html")
    page.page.add_script_tag(url=trial.url("_static/xdrec/lab/attention_view.js"))
    done = page.page.evaluate(RUN, [state, steps])
    for step, shown in zip(steps, done["shown"], strict=True):
        flat = np.round(maps[step["pair"]].reshape(-1, 6), 5)
        words = np.round(shares[step["pair"]], 5)
        patches = np.zeros(6)
        if step["word"] >= 0:
            words, patches = np.zeros(len(flat)), flat[step["word"]]
        elif step["patch"] >= 0:
            words = flat[:, step["patch"]]
        for found, wanted in ((shown["words"], words), (shown["patches"], patches)):
            np.testing.assert_allclose(found, wanted / max(wanted.max(), 1e-9), atol=1e-4)
    assert done["tokens"] == hostile
    assert (done["tags"], done["before"], done["after"], done["left"]) == (0, 5, 0, 0)
    assert not page.faults


@pytest.mark.parametrize("wide", [360, 1000])
def test_by_pointer_and_by_keyboard(book: object, visit: Callable, wide: int) -> None:
    seen = visit(book, PAGE, wide=wide)
    view = seen.page.locator('.xdrec-widget[data-widget="attention_view"]')
    words, patches = view.locator(".xdrec-lab-word"), view.locator(".xdrec-lab-patch")
    held = view.locator('.xdrec-lab-word[aria-pressed="true"]')
    expect(held).to_have_count(1)  # the page points at the word that counts most
    answer = view.locator(".xdrec-lab-note")
    expect(answer).to_contain_text(f"“{held.text_content()}” looks most at row")
    patches.first.hover()
    expect(answer).to_contain_text("Row 1, column 1 is looked at most by")
    seen.page.mouse.move(0, 0)
    expect(answer).to_contain_text("looks most at row")
    words.first.focus()
    seen.page.keyboard.press("ArrowRight")
    seen.page.keyboard.press("Enter")
    expect(words.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(words.nth(1)).to_be_focused()
    expect(view.locator('[aria-live="polite"]')).to_contain_text("looks most at row")
    seen.page.keyboard.press("Enter")  # again: it lets go
    expect(answer).to_contain_text("Point at a word")
    view.get_by_role("combobox", name="pair").select_option("2")
    expect(answer).to_contain_text("Point at a word")
    assert not seen.faults
