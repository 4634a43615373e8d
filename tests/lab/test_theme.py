"""One set of colours: widgets, the book's figures and Plotly's template say the same ones."""

from __future__ import annotations

import json
import re

import plotly.io as pio
import pytest

import xdrec.lab.figures  # noqa: F401 (registers the template)
from xdrec import lab
from xdrec.lab.base import HERE, LabWidget, sheet
from xdrec.lab.theme import INKS, PARTS, TONES, css, script


def luminance(colour: str) -> float:
    """Relative luminance of sRGB, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_by_hand() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", [0, 1])
@pytest.mark.parametrize("ground", ["ground", "raised"])
def test_words_can_be_read(scheme: int, ground: str) -> None:
    for words in (PARTS["ink"], PARTS["soft"], *INKS.values()):
        assert contrast(words[scheme], PARTS[ground][scheme]) >= 4.5, words


def test_all_three_say_the_same() -> None:
    book = json.loads(script().removeprefix("globalThis.xdrecTheme = ").rstrip(";\n"))
    assert book["dark"]["tones"] == list(TONES["dark"])
    assert pio.templates["xdrec"].layout.colorway == TONES["light"]
    assert pio.templates.default == "xdrec"
    found = re.findall(r"light-dark\((#\w+), (#\w+)\)", css())
    assert found == [*PARTS.values(), *zip(*TONES.values(), strict=True), *INKS.values()]
    assert sheet().startswith(css())


def test_no_widget_has_a_colour_of_its_own() -> None:
    for path in HERE.glob("*.css"):
        assert re.findall(r"#[0-9a-fA-F]{6}\b", path.read_text("utf-8")) == [], path.name


def test_what_all_share_comes_with_none_of_their_own_sheets() -> None:
    assert ".xdrec-lab-head {" in sheet()
    kinds = [getattr(lab, name) for name in lab.__all__]
    kinds = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, LabWidget)]
    assert len(kinds) == 9
    for kind in kinds:
        assert ".xdrec-lab-head {" not in kind._css
        assert kind._esm.startswith(f"const SHEET = {json.dumps(sheet())};")
