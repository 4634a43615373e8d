"""One call a picture: what training, tuning, similarity and a single score look like inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio

from xdrec.lab.theme import FONT, PARTS, TONES
from xdrec.train import History
from xdrec.tune import Tuned

INK, LINE = PARTS["ink"][0], PARTS["line"][0]
AXIS = {"gridcolor": LINE, "linecolor": LINE, "zerolinecolor": LINE}
# In the lab; the book has its figures follow the page, and the reader's choice of light or dark.
pio.templates["xdrec"] = go.layout.Template(pio.templates["plotly_white"]).update(
    layout={"colorway": TONES["light"], "font": {"color": INK, "family": FONT},
            "xaxis": AXIS, "yaxis": AXIS}
)  # fmt: skip
pio.templates.default = "xdrec"
MARGIN = {"t": 30, "r": 10, "b": 40, "l": 60}


def training_curve(history: History) -> go.Figure:
    """Loss and, where there was one, the number on valid after each epoch; the best one is marked.

    Raises ValueError for a history without an epoch. Book: interest.
    """
    if not history.epochs:
        raise ValueError("the history has no epoch: expected what `train` returned")
    curve, figure = history.curve(), go.Figure()
    for name in ("loss", "valid"):
        if name in curve.columns:
            figure.add_scatter(x=curve["epoch"], y=curve[name], name=name, mode="lines+markers")
    if history.best is not None:
        figure.add_vline(x=history.best, line_dash="dot", annotation_text="kept")
    return figure.update_layout(height=280, margin=MARGIN, xaxis_title="epoch")


def tuning_curve(tuned: Tuned) -> go.Figure:
    """What each trial reached on valid, in order, and the best so far. Book: recommendation."""
    trial, value = tuned.trials["trial"], tuned.trials["value"]
    knobs = [name for name in tuned.trials.columns if name not in ("trial", "value", "seconds")]
    said = ["<br>".join(f"{name} {row[name]}" for name in knobs)
            for row in tuned.trials.iter_rows(named=True)]  # fmt: skip
    figure = go.Figure()
    figure.add_scatter(x=trial, y=value, name="trial", mode="markers", hovertext=said)
    best = value.cum_max()
    figure.add_scatter(x=trial, y=best, name="best so far", line_shape="hv")
    return figure.update_layout(
        height=280, margin=MARGIN, xaxis_title="trial", yaxis_title="on valid"
    )


def importance_bars(tuned: Tuned) -> go.Figure:
    """How much each knob had to do with it; the shares sum to 1. Book: recommendation."""
    return _bars(tuned.importances).update_layout(xaxis_title="share of the importance")


def heat_map(
    matrix: np.ndarray, rows: Sequence[str], columns: Sequence[str] | None = None
) -> go.Figure:
    """A matrix as colours, white at 0: factors of items, or the similarity of items to items.

    `matrix` [rows, columns]; `columns` default to the rows, and each then bears its row's number:
    long names twice leave a phone no room for the matrix. Raises ValueError for names that do not
    fit. Book: interest.
    """
    if columns is None:
        columns = [str(n) for n, _ in enumerate(rows, 1)]
        rows = ["<br>".join(wrap(f"{name} ({n})", 20)) for n, name in enumerate(rows, 1)]
    if np.shape(matrix) != (len(rows), len(columns)):
        raise ValueError(
            f"matrix of shape {np.shape(matrix)}: expected a row for each of {len(rows)} names "
            f"and a column for each of {len(columns)}"
        )
    most = float(np.abs(matrix).max()) or 1.0
    # By number: two items may have one title, and a chart would draw them as one.
    x, y = np.arange(len(columns)), np.arange(len(rows))
    heat = go.Heatmap(z=matrix, x=x, y=y, zmin=-most, zmax=most, colorscale="RdBu_r")
    figure = go.Figure(heat)
    figure.update_xaxes(tickvals=x, ticktext=list(columns), tickangle=-45, automargin=True)
    figure.update_yaxes(tickvals=y, ticktext=list(rows), autorange="reversed", automargin=True)
    return figure.update_layout(height=120 + 32 * len(rows), margin=MARGIN)


def score_parts(parts: Mapping[str, np.ndarray], titles: Sequence[str]) -> go.Figure:
    """What each part adds to the score of each item, stacked: `parts[name]` float [items].

    Parts below 0 go to the left. Raises ValueError for lengths that differ. Book: fusion.
    """
    lengths = {name: len(part) for name, part in parts.items()}
    if set(lengths.values()) != {len(titles)}:
        raise ValueError(f"parts of {lengths} items: expected {len(titles)}, one for each title")
    y = np.arange(len(titles))
    figure = go.Figure()
    for name, part in parts.items():
        figure.add_bar(x=part, y=y, name=name, orientation="h")
    figure.update_yaxes(
        tickvals=y, ticktext=list(titles), autorange="reversed", automargin=True
    )  # best on top
    return figure.update_layout(
        barmode="relative", height=110 + 28 * len(titles), margin=MARGIN, xaxis_title="score"
    )


def _bars(values: Mapping[str, float]) -> go.Figure:
    bars = go.Bar(x=list(values.values()), y=list(values), orientation="h", texttemplate="%{x:.2f}")
    return go.Figure(bars).update_layout(
        height=90 + 32 * len(values), margin=MARGIN,
        yaxis={"autorange": "reversed", "automargin": True},
    )  # fmt: skip
