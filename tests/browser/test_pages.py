"""Every page of the book, as a reader's browser sees it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from xdrec.lab.theme import PARTS

MEGABYTE = 1_000_000
OWN_BUDGET = 1.5 * MEGABYTE
VENDOR_BUDGET = 3 * MEGABYTE

DRAWN = """() => {
  const faults = [];
  const empty = (e) => { const b = e.getBoundingClientRect(); return b.width < 50 || b.height < 50; };
  for (const e of document.querySelectorAll(".xdrec-figure"))
    if (empty(e) || !e.querySelector(".main-svg") || !e.querySelector(".trace, .hm, .im, .legend, .layer-above path"))
      faults.push("a figure is not drawn");
  for (const e of document.querySelectorAll(".xdrec-widget"))
    if (empty(e) || !e.querySelector("li, .xdrec-lab-word")) faults.push("a widget is not drawn");
  const bare = (text) => text.replace(/[\\s"]/g, "");
  for (const e of document.querySelectorAll(".xdrec-diagram")) {
    const svg = e.querySelector("svg"), source = e.querySelector("pre").textContent;
    if (!svg || empty(svg)) { faults.push("a diagram is not drawn"); continue; }
    for (const [, label] of source.matchAll(/[[{|]([^\\]}|]+)[\\]}|]/g))
      if (!bare(svg.textContent).includes(bare(label))) faults.push(`a diagram misses ${label}`);
    if (svg.querySelectorAll(".flowchart-link").length < source.match(/-->/g).length) faults.push("a diagram misses an arrow");
  }
  for (const e of document.querySelectorAll("svg.xdrec-corridor"))
    if (getComputedStyle(e).display !== "none" && empty(e)) faults.push("the drawing is empty");
  for (const e of document.images)
    if (getComputedStyle(e).display !== "none" && !(e.complete && e.naturalWidth)) faults.push(`no picture: ${e.src.slice(0, 90)}`);
  return faults;
}"""  # noqa: E501
LOOSE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
DEAD = """() => [...document.querySelectorAll(
  "article :is(script, .jupyter-widgets, .widget-subarea, input:not(.xdrec-widget *))"
)].map((e) => e.outerHTML.slice(0, 200))"""
CUT = """() => {
  const cut = [];
  for (const figure of document.querySelectorAll(".xdrec-figure")) {
    const room = figure.getBoundingClientRect(), title = figure.querySelector(".gtitle");
    const is = title?.getBoundingClientRect();
    const plot = figure.querySelector(".nsewdrag");
    if (is && (is.left < room.left || is.right > room.right || is.top < room.top
      || is.bottom > plot.getBoundingClientRect().top + 1)) cut.push(title.textContent);
    const legend = figure.querySelector(".legend")?.getBoundingClientRect();
    const axes = figure.querySelectorAll(".infolayer :is([class*=xtitle], [class*=ytitle])");
    for (const axis of axes) {
      const { left, right, top, bottom } = axis.getBoundingClientRect();
      const out = left < room.left - 1 || right > room.right + 1
        || top < room.top - 1 || bottom > room.bottom + 1;
      const under = legend && left < legend.right && right > legend.left
        && top < legend.bottom - 2 && bottom > legend.top + 2;
      if (right > left && (out || under)) cut.push(axis.textContent);
    }
  }
  return cut;
}"""
# What stands outside its box without a way to scroll there, or where another plot is drawn.
LOST = """() => {
  const lost = [];
  const words = "p, li, dt, dd, h1, h2, h3, figcaption";
  for (const e of document.querySelectorAll(`.prev-next-area a, .bd-article :is(${words})`))
    if (e.clientWidth && e.scrollWidth > e.clientWidth + 1) lost.push(e.textContent);
  for (const figure of document.querySelectorAll(".xdrec-figure")) {
    const room = figure.getBoundingClientRect();
    const plots = [...figure.querySelectorAll(".nsewdrag")].map((e) => e.getBoundingClientRect());
    for (const e of figure.querySelectorAll("svg text")) {
      const { left, right, top, bottom } = e.getBoundingClientRect();
      const out = left < room.left - 2 || right > room.right + 2
        || top < room.top - 2 || bottom > room.bottom + 2;
      const over = e.closest("[class^=y][class$=tick]:not([class*=cb])") && plots.some((plot) =>
        Math.min(right, plot.right) - Math.max(left, plot.left) > 3
        && Math.min(bottom, plot.bottom) - Math.max(top, plot.top) > 3);
      if (right > left && (out || over)) lost.push(e.textContent);
    }
  }
  return lost.map((text) => text.trim().slice(0, 60));
}"""
FILLED = """() => [...document.querySelectorAll(".xdrec-figure")].every(
  (e) => e.querySelector(".main-svg").getBoundingClientRect().width === e.clientWidth
)"""


@pytest.mark.parametrize("wide", [1280, 390])
@pytest.mark.parametrize("which", ["book", "trial"])
def test_every_page_loads_whole_and_from_its_origin_alone(
    request: pytest.FixtureRequest, visit: Callable, which: str, wide: int
) -> None:
    site = request.getfixturevalue(which)
    assert len(site.pages()) >= 4
    for path in site.pages():
        seen = visit(site, path, wide=wide)
        assert not seen.faults, path
        assert not seen.elsewhere(), path
        assert seen.page.evaluate(DRAWN) == [], path
        assert seen.page.evaluate(DEAD) == [], f"{path}: a control of a live kernel, dead"
        assert seen.page.evaluate(CUT) == [], f"{path}: titles that are not whole"
        assert seen.page.evaluate(LOST) == [], f"{path}: words cut or covered"
        assert seen.page.evaluate(LOOSE) <= 0, f"{path} scrolls sideways at {wide} pixels"
        own, vendor = seen.weight()
        assert own <= OWN_BUDGET, f"{path} loads {own:,} bytes of its own"
        assert vendor <= VENDOR_BUDGET, f"{path} loads {vendor:,} bytes of others"
        seen.page.context.close()


def test_every_page_names_its_icon(book: Any, trial: Any) -> None:
    """Where none is named a browser asks the site's root, which is not ours, and logs a 404."""
    for site in (book, trial):
        for path in site.pages():
            page = site.folder / path
            (href,) = re.findall(r'<link rel="icon" href="([^"]+)"', page.read_text("utf-8"))
            # The page that only leads on has none.
            assert href == "data:," if path == "index.html" else (page.parent / href).is_file(), (
                path
            )


def test_the_address_alone_leads_to_the_first_page(book: Any, visit: Callable) -> None:
    page = visit(book, "").page
    page.wait_for_url("**/book/intro.html")


def test_scripts_only_where_a_page_needs_them(trial: object, visit: Callable) -> None:
    scripts = "(plotly|mermaid|figures|diagrams|widgets|fusion_mixer|tex-chtml)"

    def loaded(path: str) -> set[str]:
        return set(re.findall(scripts + r"(?:\.min)?\.js", " ".join(visit(trial, path).requests)))

    assert loaded("search.html") == set()
    assert loaded("notebooks/diagrams.html") == {"plotly", "figures", "mermaid", "diagrams"}
    assert loaded("notebooks/trial.html") == {
        *("plotly", "figures", "widgets", "fusion_mixer", "tex-chtml")
    }


def test_diagrams_say_what_they_show_and_follow_the_theme(trial: object, visit: Callable) -> None:
    page = visit(trial, "notebooks/diagrams.html", color_scheme="light").page
    # As a screen reader has it, and for every diagram of a page its own.
    drawn = [page.locator(".xdrec-diagram svg").nth(n).aria_snapshot() for n in range(2)]
    assert "One question and two ways" in drawn[0]
    assert "Two rooms" in drawn[1]
    described = page.locator(".xdrec-diagram svg").first.get_attribute("aria-describedby")
    assert page.locator(f"[id='{described}']").text_content().startswith("After a question, yes")
    source = page.locator(".xdrec-diagram details").first
    source.locator("summary").press("Enter")
    assert "A[Something to ask of many words] --> B{Is it so?}" in source.inner_text()
    ink = "() => getComputedStyle(document.querySelector('.xdrec-diagram .node tspan')).fill"
    room = "() => getComputedStyle(document.querySelector('.xdrec-diagram .node rect')).fill"
    for scheme, colours in [
        ("light", ["rgb(29, 39, 51)", "rgb(231, 241, 249)"]),
        ("dark", ["rgb(232, 237, 243)", "rgb(20, 50, 74)"]),
    ]:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"ink => ({ink})() === ink", arg=colours[0])
        assert page.evaluate(room) == colours[1]


def test_figures_follow_the_theme(trial: object, visit: Callable) -> None:
    ink = "() => getComputedStyle(document.querySelector('.xdrec-figure .xtick text')).fill"
    page = visit(trial, "notebooks/trial.html", color_scheme="light").page
    light = page.evaluate(ink)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => ({ink})() !== light", arg=light)
    expect(page.locator(".xdrec-figure .legendtext")).to_have_text(["sine", "cosine"])
    # Paper is light.
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(f"light => ({ink})() === light", arg=light)
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(f"light => ({ink})() !== light", arg=light)


INTERVALS = "() => getComputedStyle(document.querySelector('.xdrec-figure .errorbar path')).stroke"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_values_and_intervals_of_bars_are_in_the_ink_of_the_page(
    trial: object, visit: Callable, scheme: str
) -> None:
    page = visit(trial, "notebooks/trial.html", color_scheme=scheme).page
    ink = PARTS["ink"][scheme == "dark"]
    wanted = f"rgb({', '.join(str(int(ink[i : i + 2], 16)) for i in (1, 3, 5))})"
    assert page.evaluate(INTERVALS) == wanted
    value = page.locator(".xdrec-figure .bartext").first
    assert value.evaluate("e => getComputedStyle(e).fill") == wanted


def test_titles_of_figures_are_whole_at_any_width(trial: object, visit: Callable) -> None:
    page = visit(trial, "notebooks/trial.html", wide=390).page
    figure = page.locator(".xdrec-figure").last
    lines = figure.locator(".gtitle tspan.line")
    assert page.evaluate(CUT) == []
    before, narrow = lines.count(), figure.bounding_box()["height"]
    assert before >= 3
    # Turned on its side the title is shorter, and so is the figure.
    page.set_viewport_size({"width": 900, "height": 390})
    expect(lines).not_to_have_count(before)
    assert figure.bounding_box()["height"] < narrow
    # The drawing takes the new width, to and fro.
    for wide in (900, 390):
        page.set_viewport_size({"width": wide, "height": 700})
        page.wait_for_function(FILLED)
    assert page.evaluate(CUT) == []


def test_search_finds_a_page(book: object, visit: Callable) -> None:
    seen = visit(book, "search.html?q=modality")
    seen.page.wait_for_selector("#search-results li")
    assert not seen.faults
