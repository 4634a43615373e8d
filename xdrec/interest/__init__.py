"""h: what a person wants, from what they did."""

from xdrec.interest.base import Scorer
from xdrec.interest.behaviour_mean import BehaviourMean
from xdrec.interest.collaborative import ALS, ItemKNN
from xdrec.interest.popularity import Popularity
from xdrec.interest.profile import LanguageProfile
from xdrec.interest.sequence import SequenceTransformer
from xdrec.interest.side import SideTower

__all__ = ["ALS", "BehaviourMean", "ItemKNN", "LanguageProfile", "Popularity", "Scorer",
           "SequenceTransformer", "SideTower"]  # fmt: skip
