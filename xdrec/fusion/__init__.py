"""g: several vectors an item become one, with weights that a hand can steer."""

from xdrec.fusion.attributes import attributes
from xdrec.fusion.base import Fused, simplex
from xdrec.fusion.concatenation import concatenate, whitened
from xdrec.fusion.deep import BilinearFusion, GatedFusion, SharedSpace
from xdrec.fusion.late import late_fusion
from xdrec.fusion.trained import pairs_of

__all__ = [
    "BilinearFusion", "Fused", "GatedFusion", "SharedSpace", "attributes", "concatenate",
    "late_fusion", "pairs_of", "simplex", "whitened",
]  # fmt: skip
