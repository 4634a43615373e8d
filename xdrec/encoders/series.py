"""f for sensor series: a small convolution over the curves that sensors beside an item record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from xdrec.data.caps import scan_parquet
from xdrec.data.files import DAMAGED
from xdrec.encoders.base import Encoder, Unreadable
from xdrec.encoders.convolution import Halving, mean_over_time, padded
from xdrec.encoders.paths import check_paths, path_content


class SeriesCNN(Encoder):
    """Paths of CSV or Parquet files in, vectors out, by a 1-D convolution that is trained here.

    A file has a row a reading, in order and evenly spaced in time, and a numeric column for each of
    `sensors`; further columns (the time itself, say) are left alone. Files may have different
    numbers of rows. An empty cell, NaN or infinity is a gap: the net sees zero there, and in a
    second channel that nothing was read. `width` is the vector's, `channels` those of the
    convolutions, each of which halves the time. `calibrate` stores each sensor's mean and spread
    with the weights.

    Raises ValueError for settings out of range, and where it was not calibrated; a file without a
    sensor's column, or without any reading, is unreadable. Source: document X 6.5 (sensors).
    Book: encoders.

    >>> encoder = SeriesCNN(("power", "motion"))
    >>> encoder.net(torch.zeros(1, 6, 96), torch.ones(1, 96, dtype=torch.bool)).shape
    torch.Size([1, 32])
    """

    net: OverTime
    chunk = 1024
    budget = 256 * 96  # readings a batch: 256 days of 15-minute steps

    def __init__(
        self,
        sensors: Sequence[str],
        *,
        width: int = 32,
        channels: Sequence[int] = (32, 64),
        seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if isinstance(sensors, str) or not sensors or len(set(sensors)) < len(sensors):
            raise ValueError(f"sensors={sensors!r}: expected the names of some different columns")
        self.sensors = tuple(sensors)
        self._settings: dict[str, Any] = {
            "sensors": list(sensors), "width": width, "channels": list(channels), "seed": seed,
        }  # fmt: skip
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.net = OverTime(len(self.sensors), tuple(channels), width)

    @property
    def width(self) -> int:
        return self._settings["width"]

    def settings(self) -> dict[str, Any]:
        return self._settings

    def check(self, items: Sequence[str | Path | None]) -> None:
        check_paths(items, "sensor series")
        if not self.net.spread.all():
            raise ValueError("this encoder knows no sensor's mean and spread: calibrate it first, "
                             "on the items that it is trained on")  # fmt: skip

    def content(self, item: str | Path) -> str:
        return path_content(item)

    def calibrate(self, items: Sequence[str | Path | None]) -> SeriesCNN:
        """Store the mean and the standard deviation of each sensor over all readings of the items.

        Where a sensor never changes its spread counts as 1. Raises ValueError where one has no
        reading at all.
        """
        check_paths(items, "sensor series")
        curves = [read_series(item, self.sensors) for item in items if item is not None]
        found = [curve for curve in curves if not isinstance(curve, Unreadable)]
        readings = np.concatenate([np.zeros((0, len(self.sensors))), *found])
        silent = [name for name, column in zip(self.sensors, readings.T, strict=True)
                  if np.isnan(column).all()]  # fmt: skip
        if silent:
            raise ValueError(f"no reading of {', '.join(silent)} in {len(items)} items: nothing "
                             "to calibrate by")  # fmt: skip
        spread = np.nanstd(readings, axis=0)
        self.net.mean.copy_(torch.from_numpy(np.nanmean(readings, axis=0)))
        self.net.spread.copy_(torch.from_numpy(np.where(spread > 0, spread, 1)))
        return self

    def prepare(self, items: Sequence[str | Path]) -> list[Tensor | Unreadable]:
        """Each item as float32 [2 · sensors + 2, readings]: values, what is there, when.

        Values are standardized; when is a point (cos, sin) on a circle that the whole series goes
        around once.
        """
        mean, spread = (each.cpu().numpy() for each in (self.net.mean, self.net.spread))
        made: list[Tensor | Unreadable] = []
        for item in items:
            curve = read_series(item, self.sensors)
            if isinstance(curve, Unreadable):
                made.append(curve)
                continue
            there = np.isfinite(curve)
            values = np.where(there, (curve - mean) / spread, 0)
            angle = 2 * np.pi * np.arange(len(curve)) / len(curve)
            rows = [*values.T, *there.T, np.cos(angle), np.sin(angle)]
            made.append(torch.from_numpy(np.stack(rows).astype(np.float32)))
        return made

    def size(self, thing: Tensor) -> int:
        return thing.shape[1]

    def collate(self, things: Sequence[Tensor]) -> dict[str, Tensor]:
        curves, mask = padded(list(things))
        return {"curves": curves, "mask": mask}


class OverTime(nn.Module):
    """Curves [batch, 2 · sensors + 2, time] and where they are [batch, time] to vectors."""

    mean: Tensor
    spread: Tensor

    def __init__(self, sensors: int, channels: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(sensors))
        self.register_buffer("spread", torch.zeros(sensors))  # zero: not calibrated
        self.layers = nn.ModuleList(
            Halving(before, after)
            for before, after in zip((2 * sensors + 2, *channels), channels, strict=False)
        )
        self.out = nn.Linear(channels[-1], width)

    def forward(self, curves: Tensor, mask: Tensor) -> Tensor:
        for layer in self.layers:
            curves, mask = layer(curves, mask)
        return self.out(mean_over_time(curves, mask))


def read_series(path: str | Path, sensors: Sequence[str]) -> np.ndarray | Unreadable:
    """The sensors' columns of a CSV or Parquet file, float64 [readings, sensors], NaN in the gaps.

    >>> read_series("nowhere.csv", ["power"])
    Unreadable(reason='nowhere.csv: no such file')
    """
    place = Path(path)
    try:
        if not place.is_file():
            return Unreadable(f"{path}: no such file")
        if place.suffix == ".parquet":
            table = scan_parquet(place).collect()
        else:
            # As text: what is packed is not unpacked, however little or much it may hold.
            text = place.read_text("utf-8")
            table = pl.read_csv(text.encode(), infer_schema=False)
    except (*DAMAGED, ValueError) as error:
        return Unreadable(f"{path}: no CSV or Parquet file ({str(error).splitlines()[0]})")
    lost = [name for name in sensors if name not in table.columns]
    if lost:
        there = ", ".join(table.columns)
        return Unreadable(f"{path}: no column {', '.join(map(repr, lost))}; there is {there}")
    said = table.select(sensors).with_columns(pl.col(pl.String).str.strip_chars().replace("", None))
    read = said.with_columns(pl.all().cast(pl.Float64, strict=False))
    for name in sensors:
        words = said[name].filter(read[name].is_null() & said[name].is_not_null())
        if len(words):
            return Unreadable(f"{path}: {name!r} holds {words[0]!r}: expected numbers")
    curve = read.to_numpy().astype(np.float64)
    curve[~np.isfinite(curve)] = np.nan
    if np.isnan(curve).all():
        return Unreadable(f"{path}: no reading in it")
    return curve
