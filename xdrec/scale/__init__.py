"""Past one machine: a catalogue encoded, searched and trained on by many workers, which may die."""

from xdrec.scale.cluster import local_cluster
from xdrec.scale.encode import encode_shards
from xdrec.scale.search import ShardedIndex
from xdrec.scale.shards import Shards
from xdrec.scale.training import train_on_ray

__all__ = [
    "ShardedIndex", "Shards", "encode_shards", "local_cluster", "train_on_ray",
]  # fmt: skip
