"""g: several vectors an item become one, with weights that a hand can steer."""

from xdrec.fusion.attributes import ItemAttributes
from xdrec.fusion.base import Fused, shared_out, simplex
from xdrec.fusion.bilinear import BilinearFusion
from xdrec.fusion.concatenation import concatenate
from xdrec.fusion.gated import GatedFusion
from xdrec.fusion.late import LateFused, late_fusion, normalized
from xdrec.fusion.shared_space import SharedSpace
from xdrec.fusion.trained import TrainedFusion
from xdrec.fusion.whitening import Whitening

__all__ = [
    "BilinearFusion",
    "Fused",
    "GatedFusion",
    "ItemAttributes",
    "LateFused",
    "SharedSpace",
    "TrainedFusion",
    "Whitening",
    "concatenate",
    "late_fusion",
    "normalized",
    "shared_out",
    "simplex",
]
