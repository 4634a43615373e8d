"""h: what a person wants, from what they did."""

from xdrec.interest.base import Scorer
from xdrec.interest.behaviour_mean import BehaviourMean
from xdrec.interest.collaborative import ALS, ItemKNN
from xdrec.interest.ease import EASE
from xdrec.interest.popularity import Popularity

__all__ = ["ALS", "EASE", "BehaviourMean", "ItemKNN", "Popularity", "Scorer"]
