"""What a recommender gives away, and what keeps it from doing so."""

from xdrec.privacy.accountant import epsilon, noise_for, renyi
from xdrec.privacy.anonymity import k_anonymous, pseudonymised, smallest_group, without_rare
from xdrec.privacy.attack import Inferred, attribute_inference, membership_attack
from xdrec.privacy.autoencoder import Autoencoder
from xdrec.privacy.dp_sgd import Privacy, train_private
from xdrec.privacy.poison import capped, shilling, suspicion
from xdrec.privacy.unlearning import Unlearner

__all__ = [
    "Autoencoder", "Inferred", "Privacy", "Unlearner", "attribute_inference", "capped", "epsilon",
    "k_anonymous", "membership_attack", "noise_for", "pseudonymised", "renyi", "shilling",
    "smallest_group", "suspicion", "train_private", "without_rare",
]  # fmt: skip
