"""Why this item: what a score is made of, what would change it, and whether the reason is true."""

from xdrec.explain.additive import Additive
from xdrec.explain.counterfactual import Counterfactual, counterfactual, owned, places
from xdrec.explain.deep import attention, integrated_gradients
from xdrec.explain.faithful import Faithfulness, faithfulness
from xdrec.explain.rescored import left_out, rescored
from xdrec.explain.why import Why, mixed, nearest, titles
from xdrec.explain.words import in_model_words, in_words

__all__ = [
    "Additive", "Counterfactual", "Faithfulness", "Why", "attention", "counterfactual",
    "faithfulness", "in_model_words", "in_words", "integrated_gradients", "left_out", "mixed",
    "nearest", "owned", "places", "rescored", "titles",
]  # fmt: skip
