"""The widget in a page without a kernel: does the list follow the hand, as Python says it must?"""

import json
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stub_model import MODEL
from xdrec.lab import FusionMixer

PAGE = "notebooks/trial.html"
STILL = {"reduced_motion": "reduce"}


def widgets(page: Page) -> tuple[Locator, Locator]:
    found = page.locator(".xdrec-widget")
    assert found.count() == 2
    return found.nth(0), found.nth(1)


def titles(widget: Locator) -> list[str]:
    return widget.locator(".xdrec-lab-title").all_text_contents()


def expected(page: Page) -> dict:
    text = page.get_by_text('expected {"titles"').inner_text()
    said = json.loads(text.removeprefix("expected "))
    names = said.pop("titles")
    return {user: [[names[i] for i in one] for one in lists] for user, lists in said.items()}


def test_keyboard(trial: object, visit: Callable) -> None:
    page = visit(trial, PAGE).page
    widget, other = widgets(page)
    said, unmoved = expected(page), titles(other)
    slider = widget.get_by_role("slider", name="weight of text")
    slider.focus()
    page.keyboard.press("Home")
    for step in range(21):
        if step:
            for _ in range(5):
                page.keyboard.press("ArrowRight")
        expect(slider).to_have_attribute("aria-valuetext", f"{5 * step} percent")
        expect(widget.locator(".xdrec-lab-title")).to_have_text(said["Ada"][step])
    assert len({tuple(one) for one in said["Ada"]}) > 5  # the lists do differ
    page.keyboard.press("Home")
    expect(widget.locator(".xdrec-lab-title")).to_have_text(said["Ada"][0])
    assert titles(other) == unmoved


def test_mouse(trial: object, visit: Callable) -> None:
    page = visit(trial, PAGE).page
    widget, _ = widgets(page)
    said = expected(page)
    slider = widget.get_by_role("slider", name="weight of behaviour")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=8)
    page.mouse.move(box["x"] + box["width"] + 30, middle, steps=8)
    page.mouse.up()
    expect(widget.locator(".xdrec-lab-title")).to_have_text(said["Ada"][0])
    text = widget.get_by_role("slider", name="weight of text")
    expect(text).to_have_attribute("aria-valuetext", "0 percent")


def test_users_reset_and_marks(trial: object, visit: Callable) -> None:
    page = visit(trial, PAGE).page
    widget, _ = widgets(page)
    said = expected(page)
    assert widget.locator(".xdrec-lab-history img").count() == 3
    widget.get_by_role("slider", name="weight of text").press("Home")
    widget.get_by_role("combobox", name="user").select_option("Cleo")
    expect(widget.locator(".xdrec-lab-title")).to_have_text(said["Cleo"][0])
    assert widget.locator(".xdrec-lab-history img").count() == 0
    widget.get_by_role("button", name="Reset").click()
    expect(widget.locator(".xdrec-lab-title")).to_have_text(said["Cleo"][14])
    live = widget.locator("[aria-live]")
    expect(live).to_have_text(f"First: {said['Cleo'][14][0]}")


def test_copy_gives_python(trial: object, visit: Callable) -> None:
    allowed = {"permissions": ["clipboard-read", "clipboard-write"]}
    page = visit(trial, PAGE, **allowed).page
    page.clock.install(time=0)
    page.clock.pause_at(3600)  # the clock goes as the test says, on a busy machine too
    widget, _ = widgets(page)
    widget.get_by_role("button", name="Copy").click()
    expect(widget.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == (
        'alpha = {"text": 0.7, "behaviour": 0.3}'
    )
    # A second click begins the 1.5 seconds of its word anew.
    page.clock.run_for(900)
    widget.get_by_role("button", name="Copied").click()
    page.evaluate("navigator.clipboard.readText()")  # answered after what the click has written
    page.clock.run_for(900)
    expect(widget.get_by_role("button", name="Copied")).to_be_visible(timeout=1)
    page.clock.run_for(600)
    expect(widget.get_by_role("button", name="Copy", exact=True)).to_be_visible()


def test_what_is_locked_stays(trial: object, visit: Callable) -> None:
    page = visit(trial, PAGE, **STILL).page
    _, widget = widgets(page)  # of three modalities

    def weights() -> list[float]:  # in one go: a frame between two reads would mix two states
        return widget.get_by_role("slider").evaluate_all("all => all.map(e => Number(e.value))")

    text, image, behaviour = widget.get_by_role("slider").all()
    text.press("Home")
    for _ in range(20):
        text.press("ArrowRight")
    lock = widget.get_by_role("button", name="lock text")
    lock.press("Enter")
    expect(lock).to_have_attribute("aria-pressed", "true")
    expect(text).to_be_disabled()
    image.press("End")  # as far as there is room
    expect(behaviour).to_have_value("0")
    assert weights() == pytest.approx([0.2, 0.8, 0.0], abs=0.005)
    code = widget.locator("code")
    for _ in range(3):
        before = code.inner_text()
        widget.get_by_role("button", name="Surprise me").click()
        expect(code).not_to_have_text(before)
        expect(text).to_have_value("0.2")
        assert sum(weights()) == pytest.approx(1, abs=0.02)
    widget.get_by_role("button", name="Reset").click()
    expect(lock).to_have_attribute("aria-pressed", "false")
    assert weights() == pytest.approx([1 / 3] * 3, abs=0.01)


def test_hostile_titles_are_text(trial: object, visit: Callable) -> None:
    seen = visit(trial, PAGE)
    _, widget = widgets(seen.page)
    shown = set()
    for name in ("text", "image", "behaviour"):
        widget.get_by_role("slider", name=f"weight of {name}").press("End")
        # The slider is there before the list; the code is drawn with it.
        expect(widget.locator("code")).to_contain_text(f'"{name}": 1')
        expect(widget.get_by_role("slider", name=f"weight of {name}")).to_have_value("1")
        shown |= set(titles(widget))
    assert "</script><img src=x onerror=alert(1)>" in shown
    assert "\u202eright to left\u202c \u2028 line" in shown
    assert len(shown) == 5
    assert widget.locator("img, script, svg").count() == 0
    assert not seen.faults


@pytest.mark.parametrize("wanted", ["reduce", "no-preference"])
def test_motion_only_for_those_who_want_it(trial: object, visit: Callable, wanted: str) -> None:
    page = visit(trial, PAGE, reduced_motion=wanted).page
    widget, _ = widgets(page)
    # Counted in the frame that draws the move: a glide may be over before the test asks.
    page.evaluate("""() => {
      const count = () =>
        document.getAnimations().filter((a) => a.effect.target.tagName === "LI").length;
      globalThis.moving = new Promise((tell) => document.addEventListener(
        "input", () => requestAnimationFrame(() => tell(count())), { once: true }));
    }""")
    widget.get_by_role("slider", name="weight of text").press("Home")
    moving = page.evaluate("moving")
    assert (moving > 0) == (wanted == "no-preference")


def test_dark_and_light(trial: object, visit: Callable) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        page = visit(trial, PAGE, color_scheme=scheme).page
        colour = "(e) => getComputedStyle(e).backgroundColor"
        grounds[scheme] = page.locator(".xdrec-lab").first.evaluate(colour)
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 28, 35)"}


# Runs the widget in a page on a state that the test made, with a model that keeps count.
RUN = (
    "async ([state, steps]) => {"
    + MODEL
    + """
  const widget = xdrecWidgets.fusion_mixer;
  const end = await widget.render({ model, el });
  const lists = [];
  for (const step of steps) {
    for (const [name, value] of Object.entries(step)) model.set(name, value);
    await frame();
    lists.push({
      titles: [...el.querySelectorAll(".xdrec-lab-title")].map((e) => e.textContent),
      quality: el.querySelector(".xdrec-lab-quality").textContent,
      ideal: [...el.querySelectorAll(".xdrec-lab-item")].map((e) => e.textContent.includes("ideal")),
      widths: [...el.querySelectorAll(".xdrec-lab-bar")].flatMap((bar) =>
        [...bar.style.backgroundImage.matchAll(/\\) ([\\d.e-]+)% ([\\d.e-]+)%/g)].map(([, from, to]) => to - from)),
    });
  }
  const users = [...el.querySelectorAll("option")].map((e) => e.value);
  const before = listeners.size;
  end();
  return { lists, users, before, after: listeners.size, left: el.childElementCount };
}"""  # noqa: E501
)


@pytest.mark.parametrize("scale", ["each", "together", "each, with holes"])
@pytest.mark.parametrize("modalities", [2, 3, 5])
def test_javascript_and_python_agree(
    trial: object, visit: Callable, modalities: int, scale: str
) -> None:
    rng = np.random.default_rng(modalities)
    n, names = 300, ["text", "behaviour", "image", "audio", "source"][:modalities]
    # Rounded, so that ties come up; one user of whom behaviour says nothing.
    scores = {m: rng.normal(size=(3, n)).round(1) for m in names}
    scores["behaviour"][1] = 0
    items = pl.DataFrame(
        {"item_id": [f"i{i}" for i in range(n)], "title": [f"t{i}" for i in range(n)]}
    )
    # JavaScript sorts keys that look like numbers; the menu must not.
    users = ["12", "b", "7"]
    gains = rng.exponential(size=(3, n))
    gains[2] = 0  # nothing is good for one of them
    holes = {m: rng.random(n) < 0.6 for m in names} if "holes" in scale else None
    mixer = FusionMixer(
        scores, items, users=users, k=12, scale=scale.split(",")[0], gains=gains, present=holes
    )
    alphas = [dict(zip(names, row, strict=True)) for row in rng.dirichlet(np.ones(modalities), 40)]
    alphas += [{m: float(m == one) for m in names} for one in names]
    steps = [{"alpha": alpha, "user": users[i % 3]} for i, alpha in enumerate(alphas)]
    state = {name: getattr(mixer, name) for name in mixer.state}
    page = visit(trial, "search.html", **STILL).page
    page.add_script_tag(url=trial.url("_static/xdrec/lab/fusion_mixer.js"))
    done = page.evaluate(RUN, [state, steps])
    for step, shown in zip(steps, done["lists"], strict=True):
        table = mixer.ranking(step["alpha"], step["user"])
        assert shown["titles"] == table["title"].to_list()
        ndcg = mixer.ndcg(step["alpha"], step["user"])
        assert shown["quality"] == f"NDCG@12 against the ideal list: {ndcg:.3f}"
        row = users.index(step["user"])
        able = np.any(list(holes.values()), axis=0) if holes else np.ones(n, bool)
        good = np.where(able, gains[row], -1)
        best = set(np.argsort(-good, kind="stable")[:12]) if gains[row].any() else set()
        assert shown["ideal"] == [int(item[1:]) in best for item in table["item_id"]]
        parts = 100 * table.select(names).to_numpy().ravel()
        np.testing.assert_allclose(shown["widths"], parts, atol=1e-3)
    assert done["users"] == users
    assert done["before"] == 6
    assert done["after"] == 0
    assert done["left"] == 0
