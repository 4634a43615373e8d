"""A figure in words: what somebody hears who cannot see it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "book" / "_ext"))

from figure_words import words


def test_a_line_is_told_by_its_ends_and_its_highest_point() -> None:
    fig = go.Figure(go.Scatter(x=[0, 1, 2], y=[0.1, 0.5, 0.2], name="films", mode="lines"))
    fig.update_layout(title="A hill", xaxis_title="λ", yaxis_title="NDCG@10")
    assert words(fig.to_dict()) == (
        "Lines of NDCG@10 by λ. A hill. films: from 0.1 at 0 to 0.2 at 2, highest 0.5 at 1."
    )


def test_packed_numbers_are_unpacked_and_bars_may_lie() -> None:
    bars = go.Bar(x=np.array([0.25, 0.5]), y=["charts", "<b>EASE</b>"], orientation="h")
    assert words(go.Figure(bars).to_dict()) == "Bars. from 0.25 at charts to 0.5 at EASE."


def test_heat_maps_points_and_histograms() -> None:
    heat = go.Figure(go.Heatmap(z=np.arange(6.0).reshape(2, 3)))
    assert words(heat.to_dict()) == "Heat map. 2 by 3, from 0 to 5."
    heat.update_traces(y=["new", "known"])
    assert words(heat.to_dict()) == "Heat map. 2 by 3, from 0 to 5; rows new, known."
    cloud = go.Figure(go.Scatter(x=[1, 2], y=[3, np.nan], mode="markers", name="people"))
    assert words(cloud.to_dict()) == "Points. people: 2 points, from 3 to 3."
    assert words(go.Figure(go.Histogram(x=[1, 1, 4])).to_dict()) == (
        "Histogram. 3 values, from 1 to 4."
    )


def test_many_traces_are_cut_and_an_author_s_text_goes_first() -> None:
    fig = go.Figure([go.Scatter(x=[0], y=[n], name=f"line {n}") for n in range(10)])
    fig.update_layout(meta={"alt": "Ten lines that never meet."})
    told = words(fig.to_dict())
    assert told.startswith("Ten lines that never meet. Lines. line 0: 0 at 0. ")
    assert told.endswith("and 2 more.")


@pytest.mark.parametrize("values", [[], [None], ["a", "b"], [float("nan")] * 3])
def test_nothing_to_tell_breaks_nothing(values: list) -> None:
    fig = go.Figure(go.Scatter(x=list(range(len(values))), y=values))
    assert words(fig.to_dict()).startswith("Lines")
