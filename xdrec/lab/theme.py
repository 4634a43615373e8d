"""One set of colours for widgets and figures, on light ground, on dark and on paper.

Widgets get them as CSS (`css`), the figures of the book as a script (`script`), those of JupyterLab
as Plotly's template "xdrec" (`figures.py`). Paper is light whatever the screen is.
"""

from __future__ import annotations

import json

# Those of Okabe and Ito (2008), told apart by colour-blind eyes too, and lighter on dark ground;
# their black and yellow, which no ground bears, gave way to a violet.
TONES = {
    "light": ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#7a68c9", "#d55e00"),
    "dark": ("#56b4e9", "#f0b429", "#2ec99b", "#e39cc4", "#a99bf0", "#ff8a4c"),
}
# Of what a page is made of, by its name in CSS: on light, on dark ground.
PARTS = {
    "ink": ("#1d2733", "#e8edf3"),
    "soft": ("#5d6b7a", "#9fb0c0"),
    "line": ("#dfe5ec", "#34404d"),
    "ground": ("#ffffff", "#161c23"),
    "raised": ("#f5f7fa", "#1f2730"),
    "focus": ("#0b5fff", "#7db3ff"),
    "glow": ("#f0b429", "#8a5300"),  # behind words that count
}
# The same as words: dark enough to be read on light ground.
INKS = {
    0: ("#005c91", TONES["dark"][0]),
    1: ("#8a5300", TONES["dark"][1]),
    2: ("#00704f", TONES["dark"][2]),
    5: ("#a34700", TONES["dark"][5]),
}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def css() -> str:
    """The colours as CSS: `--ink` and the like, `--m0` to `--m5`, `--m0-ink`; and `--tone` on the
    classes xdrec-lab-m0 to m5."""
    tones = {f"m{j}": pair for j, pair in enumerate(zip(*TONES.values(), strict=True))}
    inks = {f"m{j}-ink": pair for j, pair in INKS.items()}
    parts = [f"  --{name}: light-dark({light}, {dark});"
             for name, (light, dark) in (PARTS | tones | inks).items()]  # fmt: skip
    classes = [f".xdrec-lab-{name} {{ --tone: var(--{name}); }}" for name in tones]
    return "\n".join([".xdrec-lab {", *parts, "}", *classes])


def script() -> str:
    """The same for the figures of the book (`book/_assets/xdrec/figures.js`): `xdrecTheme`."""
    scheme = {
        name: {"tones": TONES[name], "font": FONT, **{p: PARTS[p][j] for p in PARTS}}
        for j, name in enumerate(TONES)
    }
    return f"globalThis.xdrecTheme = {json.dumps(scheme)};\n"
