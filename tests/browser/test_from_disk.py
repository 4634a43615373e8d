"""The book opened as a file, as `make book` leaves it, without any server."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, expect

from xdrec.lab import FusionMixer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book"))
from classic_script import classic_script  # noqa: E402

SENTENCE = ".xdrec-fallback"
DRAWN = ".main-svg .cartesianlayer :is(.trace, .hm, .im)"


@pytest.mark.parametrize("which", ["book", "trial"])
def test_every_page_works_from_disk(
    request: pytest.FixtureRequest, visit: Callable, which: str
) -> None:
    site = request.getfixturevalue(which).from_disk()
    for path in site.pages():
        seen = visit(site, path)
        assert not seen.faults, path
        assert not seen.elsewhere(), path
        assert seen.page.locator(SENTENCE).count() == 0, path
        figures = seen.page.locator(".xdrec-figure")
        assert figures.count() == figures.filter(has=seen.page.locator(DRAWN)).count(), path
        diagrams = seen.page.locator(".xdrec-diagram")
        assert diagrams.count() == diagrams.filter(has=seen.page.locator("svg")).count(), path
        if which == "book" and path.startswith("notebooks/"):
            pictures = seen.page.locator(":is(.xdrec-figure, .xdrec-widget)")
            assert pictures.count() >= 2, f"{path} is a chapter without pictures"
        if "concepts" in path:
            assert diagrams.count() == 2
        seen.page.context.close()


@pytest.mark.parametrize(
    ("which", "path"),
    [("trial", "notebooks/trial.html"), ("book", "notebooks/00_start_here.html")],
)
def test_the_list_follows_the_slider(
    request: pytest.FixtureRequest, visit: Callable, which: str, path: str
) -> None:
    page = visit(request.getfixturevalue(which).from_disk(), path).page
    widget = page.locator(".xdrec-widget").first
    titles = widget.locator(".xdrec-lab-title")
    slider = widget.get_by_role("slider").first
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0 percent")
    # The slider is there before the list; the code is drawn with it.
    expect(widget.locator("code")).to_have_text(re.compile(r'^alpha = {"\w+": 0,'))
    first = titles.all_text_contents()
    slider.press("End")
    expect(titles).not_to_have_text(first)


def test_without_javascript_a_sentence_stands_there(trial: object, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(trial.from_disk().url("notebooks/trial.html"))
    said = ["This widget needs JavaScript."] * 2 + ["This figure needs JavaScript."] * 2
    assert page.locator(SENTENCE).all_inner_texts() == said
    assert all(one.is_visible() for one in page.locator(SENTENCE).all())
    context.close()


POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'"


def test_a_widget_under_a_strict_policy(
    trial: object, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDREC_BOOK", "1")
    items = pl.DataFrame({"item_id": ["i0", "i1"], "title": ["Kettle", "Lamp"]})
    mixer = FusionMixer(
        {"text": [1, 0], "behaviour": [0, 1]}, items, alpha={"text": 1, "behaviour": 0}
    )
    scripts = [f"_static/xdrec/{name}.js" for name in ("lab/fusion_mixer", "widgets")]
    body = mixer._repr_mimebundle_()["text/html"]
    body += "".join(f'<script defer src="{trial.url(path)}"></script>' for path in scripts)
    headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html"}
    page = browser.new_page()
    faults: list[str] = []
    page.on("console", lambda m: faults.append(m.text))
    page.on("pageerror", lambda e: faults.append(str(e)))
    address = trial.url("policy.html")
    page.route(address, lambda route: route.fulfill(body=body, headers=headers))
    page.goto(address)
    titles = page.locator(".xdrec-lab-title")
    expect(titles).to_have_text(["Kettle", "Lamp"])
    page.get_by_role("slider", name="weight of text").press("Home")
    expect(titles).to_have_text(["Lamp", "Kettle"])
    assert not faults
    page.close()


def test_a_module_becomes_a_script(browser: Browser) -> None:
    module = "const render = () => 'import and export';\nexport default { render };\n"
    page = browser.new_page()
    page.add_script_tag(content=classic_script("one", module))
    page.add_script_tag(content=classic_script("one", module))  # its names are its own
    assert page.evaluate("xdrecWidgets.one.render()") == "import and export"
    page.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('import x from "./x.js";\nexport default { x };\n', "import, export"),
        ('const x = 1; import "./x.js";\nexport default { x };\n', "import, export"),
        ('const x = () => import("./x.js");\nexport default { x };\n', "export, import("),
        ("const x = import.meta.url;\nexport default { x };\n", "export, import."),
        ("export const x = 1;\nexport default { x };\n", "export, export"),
        ("export default { x: 1 };\nconst y = 1;\n", "export"),
        ("export function render() {}\n", "export"),
        ("function render() {}\n", "neither import nor export"),
    ],
)
def test_a_module_that_cannot_is_refused(text: str, found: str) -> None:
    with pytest.raises(SystemExit, match=re.escape(f"(found: {found})")) as caught:
        classic_script("one", text)
    assert str(caught.value).startswith("one: ")
