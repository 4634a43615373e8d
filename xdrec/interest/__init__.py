"""h: what a person wants, from what they did."""

from xdrec.interest.base import Scorer
from xdrec.interest.behaviour_mean import BehaviourMean
from xdrec.interest.collaborative import ALS, BPR, ItemKNN
from xdrec.interest.ease import EASE
from xdrec.interest.factorization import MatrixFactorization
from xdrec.interest.hybrid import Hybrid
from xdrec.interest.likelihood import TitleLikelihood
from xdrec.interest.next_item import NextItem
from xdrec.interest.popularity import Popularity
from xdrec.interest.profile import LanguageProfile
from xdrec.interest.sequence import SequenceTransformer
from xdrec.interest.side import SideTower
from xdrec.interest.user_neighbours import UserKNN

__all__ = [
    "ALS", "BPR", "EASE", "BehaviourMean", "Hybrid", "ItemKNN", "LanguageProfile",
    "MatrixFactorization", "NextItem", "Popularity", "Scorer", "SequenceTransformer", "SideTower",
    "TitleLikelihood", "UserKNN",
]  # fmt: skip
