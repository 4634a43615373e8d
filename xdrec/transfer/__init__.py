"""L_transfer: what ties the target to the source, and how strongly."""

from xdrec.transfer.anchored import Anchored
from xdrec.transfer.anchors import TextAnchor, UserAnchor
from xdrec.transfer.loss import TransferLoss
from xdrec.transfer.path import Path, transfer_path
from xdrec.transfer.proximal import proximal, step_sizes
from xdrec.transfer.tied_factors import TiedFactors
from xdrec.transfer.user_ridge import UserRidge

__all__ = [
    "Anchored", "Path", "TextAnchor", "TiedFactors", "TransferLoss", "UserAnchor", "UserRidge",
    "proximal", "step_sizes", "transfer_path",
]  # fmt: skip
