"""L_transfer: what ties the target to the source, and how strongly."""

from xdrec.transfer.anchored import Anchored
from xdrec.transfer.anchors import TextAnchor

__all__ = ["Anchored", "TextAnchor"]
