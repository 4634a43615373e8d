"""Sensor days: what three sensors beside an item record in 24 hours; each one's shape is a mark."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from xdrec.data.worlds.drawn import Medium
from xdrec.data.worlds.factors import THEMES
from xdrec.data.worlds.streams import Marks, bell

STEP = 15  # minutes between two readings
STEPS = 24 * 60 // STEP
CHANNELS = ("power", "temperature", "motion")  # watts, degrees Celsius, events a step
GAP = 0.15  # how likely a sensor is to fall silent for some hours
# When a theme's things are in use: (hour, how many hours around it, how much).
HABITS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "sea": ((5.5, 1.0, 1.0),),
    "forest": ((12, 3.5, 1.0),),
    "city": ((8, 0.8, 1.0), (18, 0.8, 1.0)),
    "hearth": ((19.5, 2.0, 1.0),),
    "space": ((2, 1.5, 1.0),),
    "journey": ((6.5, 0.7, 0.8), (13, 0.7, 1.0), (22, 0.7, 0.8)),
    "mystery": ((23.2, 0.6, 1.0),),
    "craft": ((15.5, 1.2, 1.0), (10, 0.6, 0.5)),
}


def habit(theme: str, late: float = 0.0) -> np.ndarray:
    """How much a theme's things are in use at each step of a day, in [0, 1], float [96].

    A sum of bells about the theme's hours, `late` hours later than usual; midnight is no border.
    """
    hours = np.arange(STEPS) * STEP / 60
    use = np.zeros(STEPS)
    for hour, width, much in HABITS[theme]:
        apart = (hours - hour - late + 12) % 24 - 12
        use += much * np.exp(-0.5 * (apart / width) ** 2)
    return use / use.max()


def themes(marks: Marks) -> list[str]:
    """The themes of power, temperature and motion: the first draws of a day."""
    return [THEMES[marks.theme()] for _ in CHANNELS]


def record(marks: Marks) -> np.ndarray:
    """One day of the three sensors, float [96, 3], NaN where a sensor was silent."""
    use = [habit(theme, marks.between(-0.7, 0.7)) for theme in themes(marks)]
    size = [marks.between(0.6, 1.4) for _ in CHANNELS]
    chance = [bell(marks.random((STEPS, 2))) for _ in CHANNELS]
    hours = np.arange(STEPS) * STEP / 60
    power = 15 + 300 * size[0] * use[0] + 8 * chance[0]
    weather = 18 + 2 * np.cos(2 * np.pi * (hours - 15) / 24)
    warmth = weather + 4 * size[1] * use[1] + 0.3 * chance[1]
    expected = 0.5 + 12 * size[2] * use[2]
    motion = np.rint(expected + np.sqrt(expected) * chance[2])
    day = np.stack([np.maximum(power, 0), warmth, np.maximum(motion, 0)], axis=1)
    for channel in range(len(CHANNELS)):
        silent, start, hours_long = (
            marks.chance(GAP), int(marks.between(0, STEPS)), marks.between(1, 4)
        )  # fmt: skip
        if silent:
            day[start : start + round(hours_long * 60 / STEP), channel] = np.nan
    return day


def encode(day: np.ndarray) -> bytes:
    """A CSV with the time of day and a column a sensor; a missing reading is an empty cell."""
    lines = [",".join(("time", *CHANNELS))]
    for step, row in enumerate(day):
        minutes = step * STEP
        cells = ["" if np.isnan(x) else f"{x:.{d}f}" for x, d in zip(row, (1, 2, 0), strict=True)]
        lines.append(",".join((f"{minutes // 60:02d}:{minutes % 60:02d}", *cells)))
    return ("\n".join(lines) + "\n").encode()


def _make(domain: str, marks: Marks) -> bytes:
    return encode(record(marks))


DAY = Medium("series_path", "day", ".csv", _make, (Path(__file__),), np.__version__)
