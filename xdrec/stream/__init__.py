"""Real time: events that come in, interest that moves at once, and a model that catches up."""

from xdrec.stream.bandit import ThompsonSampling
from xdrec.stream.drift import PageHinkley
from xdrec.stream.events import Event
from xdrec.stream.interest import LIVE_WEIGHTS, RunningInterest
from xdrec.stream.item_item import RunningEASE
from xdrec.stream.live import Answer, Live
from xdrec.stream.log import EventLog
from xdrec.stream.prequential import Learner, gained, prequential
from xdrec.stream.reservoir import Reservoir
from xdrec.stream.sequence import RunningSequence
from xdrec.stream.snapshot import read_snapshot, write_snapshot

__all__ = [
    "LIVE_WEIGHTS", "Answer", "Event", "EventLog", "Learner", "Live", "PageHinkley", "Reservoir",
    "RunningEASE", "RunningInterest", "RunningSequence", "ThompsonSampling", "gained",
    "prequential", "read_snapshot", "write_snapshot",
]  # fmt: skip
