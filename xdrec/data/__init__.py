"""Tables in: the nouns, readers, known data sets, preparation, splits and worlds."""

from xdrec.data.benchmark import benchmark
from xdrec.data.checks import DataError
from xdrec.data.domain import CrossDomain, Domain, ages, joined_texts
from xdrec.data.known import DataSet, load
from xdrec.data.prepare import Prepared, prepare
from xdrec.data.read import read_domain
from xdrec.data.splits import Split, cold_start, global_time, leave_last_out
from xdrec.data.thin import thin
from xdrec.data.worlds import World, make_world

__all__ = [
    "CrossDomain",
    "DataError",
    "DataSet",
    "Domain",
    "Prepared",
    "Split",
    "World",
    "ages",
    "benchmark",
    "cold_start",
    "global_time",
    "joined_texts",
    "leave_last_out",
    "load",
    "make_world",
    "prepare",
    "read_domain",
    "thin",
]
