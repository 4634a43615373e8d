"""From scratch, on histories that look a little otherwise each time."""

from __future__ import annotations

from typing import Any

from xdrec.data.domain import CrossDomain
from xdrec.interest.augment import Augment
from xdrec.interest.sequence import SequenceTransformer
from xdrec.transfer.strategies.base import Strategy


class Augmented(Strategy):
    """The target alone, its histories cropped, masked and reordered as `augment` says.

    What is held out to stop by is never changed. Source: document T 9.5. Book: sparse data.
    """

    needs_source = False

    def __init__(self, model: SequenceTransformer, augment: Augment | None = None) -> None:
        super().__init__(model)
        self.augment = augment or Augment()

    def terms(self, known: CrossDomain) -> dict[str, Any]:
        return {"augment": self.augment}
