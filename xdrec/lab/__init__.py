"""The lab: widgets whose every knob works in JupyterLab and, with no kernel, in the built book."""

from xdrec.lab.attention_view import AttentionView
from xdrec.lab.fusion_mixer import FusionMixer
from xdrec.lab.gallery import Gallery
from xdrec.lab.lambda_dial import LambdaDial
from xdrec.lab.metric_explorer import MetricExplorer

__all__ = ["AttentionView", "FusionMixer", "Gallery", "LambdaDial", "MetricExplorer"]
