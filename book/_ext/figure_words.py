"""What a figure shows, in words, for whoever cannot see it: read off the figure's own numbers."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np

KINDS = {
    "bar": "Bars",
    "heatmap": "Heat map",
    "histogram": "Histogram",
    "box": "Boxes",
    "violin": "Violins",
    "image": "Picture",
    "contour": "Contours",
}
MOST = 8  # traces that are told one by one


def words(figure: dict[str, Any]) -> str:
    """One short text: the kind, the title, the axes, then each trace with its ends and its highest.

    A text of the author's, `fig.update_layout(meta={"alt": ...})`, goes first.
    """
    layout, traces = figure.get("layout", {}), figure.get("data", [])
    own = (layout.get("meta") or {}).get("alt") if isinstance(layout.get("meta"), dict) else None
    kinds = list(dict.fromkeys(kind(trace) for trace in traces)) or ["Figure"]
    title = plain((layout.get("title") or {}).get("text"))
    x, y = (plain(((layout.get(f"{a}axis") or {}).get("title") or {}).get("text")) for a in "xy")
    if any(trace.get("orientation") == "h" for trace in traces):
        x, y = y, x  # bars that lie: their lengths are what is told
    axes = f"{y or 'values'} by {x}" if x else y
    said = [own, ", ".join(kinds) + (f" of {axes}" if axes else ""), title]
    said += [trace_words(trace) for trace in traces[:MOST]]
    if len(traces) > MOST:
        said.append(f"and {len(traces) - MOST} more")
    if layout.get("sliders") or figure.get("frames"):
        said.append("A slider changes the figure")
    return ". ".join(part.rstrip(".") for part in said if part) + "."


def kind(trace: dict[str, Any]) -> str:
    named = trace.get("type", "scatter")
    if named.startswith("scatter"):
        return "Lines" if "lines" in trace.get("mode", "lines") else "Points"
    return KINDS.get(named, named.capitalize())


def trace_words(trace: dict[str, Any]) -> str:
    """A trace in words: its name, and where it begins, ends and is highest."""
    name = plain(trace.get("name"))
    if trace.get("type") in ("heatmap", "contour"):
        z = numbers(trace.get("z"))
        size = " by ".join(map(str, z.shape)) if z.ndim == 2 else f"{z.size} cells"
        told = f"{name + ': ' if name else ''}{size}, {span(z)}"
        for side, values in (("rows", trace.get("y")), ("columns", trace.get("x"))):
            if 0 < len(labels(values)) <= MOST:
                told += f"; {side} {', '.join(labels(values))}"
        return told
    x, y = trace.get("x"), trace.get("y")
    if trace.get("type") == "histogram":
        values = numbers(x if x is not None else y)
        return f"{name + ': ' if name else ''}{values.size} values, {span(values)}"
    if trace.get("orientation") == "h":
        x, y = y, x
    height, at = numbers(y), labels(x)
    if not height.size or np.isnan(height).all():
        return name
    told = f"{name}: " if name else ""
    if kind(trace) == "Points" or not at:
        return f"{told}{height.size} points, {span(height)}"
    ends = [f"{short(height[n])} at {at[n]}" for n in (0, -1)] if len(at) == height.size else []
    top = int(np.nanargmax(height))
    if not ends:
        return f"{told}{span(height)}"
    if height.size == 1:
        return told + ends[0]
    best = f", highest {short(height[top])} at {at[top]}" if 0 < top < height.size - 1 else ""
    return f"{told}from {ends[0]} to {ends[1]}{best}"


def span(values: np.ndarray) -> str:
    found = values[np.isfinite(values)]
    return f"from {short(found.min())} to {short(found.max())}" if found.size else "no numbers"


def short(value: Any) -> str:
    return f"{float(value):.3g}"


def plain(text: Any) -> str:
    """Without tags and the dollar signs of formulas."""
    return re.sub(r"<[^>]+>|\$", " ", str(text)).strip() if text else ""


def array(values: Any) -> list[Any] | np.ndarray:
    """Plotly keeps numbers as they are, or packed as base64."""
    if isinstance(values, dict) and "bdata" in values:
        flat = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
        shape = values.get("shape")
        return flat.reshape([int(n) for n in str(shape).split(",")]) if shape else flat
    return [] if values is None else values


def numbers(values: Any) -> np.ndarray:
    """As floats; what is no number is NaN."""
    found = array(values)
    try:
        return np.asarray(found, float)
    except (TypeError, ValueError):
        flat = [each if isinstance(each, int | float) else np.nan for each in found]
        return np.asarray(flat, float)


def labels(values: Any) -> list[str]:
    return [short(v) if isinstance(v, int | float | np.number) else plain(v) for v in array(values)]
