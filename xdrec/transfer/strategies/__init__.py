"""Strategies of transfer: each says where θ starts, what may move, and what is added."""

from xdrec.transfer.strategies.aligned import Aligned, coral, mmd
from xdrec.transfer.strategies.augmented import Augmented
from xdrec.transfer.strategies.base import Strategy, learn_source
from xdrec.transfer.strategies.joint import Joint, Pooled, density_ratio
from xdrec.transfer.strategies.mapping import EMCDR, PTUPCDR
from xdrec.transfer.strategies.shrunk import Shrunk
from xdrec.transfer.strategies.starting import FineTune, Freeze, FromScratch, ZeroShot
from xdrec.transfer.strategies.tied import Tied
from xdrec.transfer.strategies.trained_path import trained_path

__all__ = [
    "EMCDR", "PTUPCDR", "Aligned", "Augmented", "FineTune", "Freeze", "FromScratch", "Joint",
    "Pooled", "Shrunk", "Strategy", "Tied", "ZeroShot", "coral", "density_ratio", "learn_source",
    "mmd", "trained_path",
]  # fmt: skip
