"""The lab: widgets whose every knob works in JupyterLab and, with no kernel, in the built book."""

from xdrec.lab.attention_view import AttentionView
from xdrec.lab.exercise import Exercise
from xdrec.lab.fusion_mixer import FusionMixer
from xdrec.lab.gallery import Gallery
from xdrec.lab.interest_map import InterestMap
from xdrec.lab.lambda_dial import LambdaDial
from xdrec.lab.metric_explorer import MetricExplorer
from xdrec.lab.reason_view import ReasonView
from xdrec.lab.strategy_compass import StrategyCompass
from xdrec.lab.stream_view import StreamView
from xdrec.lab.world_builder import WorldBuilder

__all__ = [
    "AttentionView",
    "Exercise",
    "FusionMixer",
    "Gallery",
    "InterestMap",
    "LambdaDial",
    "MetricExplorer",
    "ReasonView",
    "StrategyCompass",
    "StreamView",
    "WorldBuilder",
]
