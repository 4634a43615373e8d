"""What all encoders share: chunks and the cache, unreadable items, memory that does not grow."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.model.encoder_contract import EncoderContract
from tests.model.letters import Letters
from xdrec.cache import info
from xdrec.encoders.base import batches, weights_hash
from xdrec.encoders.features import Features

WORDS = ["tea", "a kettle", None, "pan", "a wooden spoon", "cup", "saucer", None, "plate", "sieve"]


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDREC_CACHE", str(tmp_path / "cache"))


class TestLetters(EncoderContract):
    @pytest.fixture
    def encoder(self):
        return Letters(device="cpu")

    @pytest.fixture
    def items(self):
        return WORDS


def test_a_vector_by_hand():
    encoder = Letters(device="cpu")
    with torch.no_grad():
        encoder.net.letters.weight.copy_(torch.arange(128.0)[:, None].expand(128, 8))
        encoder.net.out.weight.fill_(0.125)
        encoder.net.out.bias.zero_()
    found = encoder.encode(["ac", "b", None])
    assert found.vectors == pytest.approx(np.array([[98] * 5, [98] * 5, [0] * 5], np.float32))
    assert found.present.tolist() == [True, True, False]


def test_chunks_that_were_read_are_not_read_again():
    first, second = Letters(device="cpu"), Letters(device="cpu")
    before = first.encode(WORDS[:8])
    after = second.encode([*WORDS, "ladle"])
    assert second.prepared == ["plate", "sieve", "ladle"]  # the third chunk is new
    assert np.array_equal(before.vectors, after.vectors[:8])
    assert info()["files"] == 3
    second.encode(["fork", *WORDS[1:]])
    assert second.prepared[3:] == ["fork", "a kettle", "pan", "plate", "sieve"]


def test_an_interrupted_run_goes_on_where_it_stopped(monkeypatch):
    encoder, collate, calls = Letters(device="cpu"), Letters.collate, iter(range(3))

    def interrupted(self, things):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return collate(self, things)

    monkeypatch.setattr(Letters, "collate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        encoder.encode(WORDS)
    monkeypatch.setattr(Letters, "collate", collate)
    done = 4 * info()["files"]
    assert 0 < done < len(WORDS)
    encoder.prepared.clear()
    found = encoder.encode(WORDS)
    assert encoder.prepared == [word for word in WORDS[done:] if word is not None]
    assert np.array_equal(found.vectors, encoder.encode(WORDS, cache=False).vectors)


@pytest.mark.parametrize("other", [
    {"width": 6}, {"precision": "bfloat16"}, {"unreadable": "mask"},
])  # fmt: skip
def test_another_encoder_has_its_own_entries(other):
    Letters(device="cpu").encode(WORDS)
    encoder = Letters(device="cpu", **other)
    encoder.encode(WORDS)
    assert encoder.prepared


def test_without_the_cache_nothing_is_stored():
    Letters(device="cpu").encode(WORDS, cache=False)
    assert info()["files"] == 0


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_net_is_got_ready_once_and_only_if_it_is_needed(precision):
    encoder = Letters(device="cpu", precision=precision)
    encoder.encode(WORDS)
    assert encoder.copies == 1
    encoder.encode(WORDS)
    assert encoder.copies == 1
    encoder.encode([None] * 20, cache=False)
    assert encoder.copies == 1
    assert {weight.dtype for weight in encoder.net.parameters()} == {torch.float32}


def test_unreadable_items_of_all_chunks_are_told_at_once():
    words = ["tea", None, "?", "cup", "pan", "??", "sieve", "fork", "ladle", "spoon?"]
    encoder = Letters(device="cpu")
    message = r"3 items cannot be read:\n  row 2: \? has a \?\n  row 5: .*\n  row 9: spoon\? has"
    for _ in range(2):
        with pytest.raises(ValueError, match=message):
            encoder.encode(words)
    assert info()["files"] == 0
    with pytest.raises(ValueError, match=r"25 items cannot be read:(\n.*){20}\n  and 5 more\n"):
        encoder.encode(["tea"] * 7 + ["cup"] + ["?"] * 25)
    assert info()["files"] == 2  # what could be read is kept


def test_unreadable_items_may_be_marked():
    words = ["tea", None, "?", "cup", "pan", "??"]
    encoder = Letters(device="cpu", unreadable="mask")
    for _ in range(2):
        found = encoder.encode(words)
        assert found.present.tolist() == [True, False, False, True, True, False]
        assert not found.vectors[~found.present].any()
    assert encoder.prepared == [word for word in words if word is not None]
    with pytest.raises(ValueError, match="unreadable='skip': expected 'raise' or 'mask'"):
        Letters(unreadable="skip")


def test_a_net_of_another_width_is_no_vector_for_everybody():
    """numpy would spread one row over all of them."""
    encoder = Letters(device="cpu")
    encoder.net.forward = lambda codes, mask: torch.ones(1, 5)
    with pytest.raises(RuntimeError, match=r"the net of Letters gave \(1, 5\) for 2 items"):
        encoder.encode(["ab", "ac"])


def test_a_folder_of_another_kind_is_refused(tmp_path):
    encoder = Letters(device="cpu")
    encoder.save(tmp_path)
    assert json.loads((tmp_path / "encoder.json").read_text())["settings"] == {"width": 5}
    with pytest.raises(ValueError, match="holds a Letters: expected a Others"):
        type("Others", (Letters,), {}).load(tmp_path)
    with pytest.raises(FileNotFoundError):
        Letters.load(tmp_path / "nowhere")


def test_the_bar_counts_items(capsys):
    encoder = Letters(device="cpu")
    for _ in range(2):
        encoder.encode(WORDS, progress=True)
        assert "10/10" in capsys.readouterr().err
    encoder.encode(WORDS)
    assert not capsys.readouterr().err


def test_the_hash_follows_weights_and_buffers():
    net = torch.nn.BatchNorm1d(3)
    hashes = {weights_hash(net)}
    net.running_mean[1] += 1e-6
    hashes.add(weights_hash(net))
    with torch.no_grad():
        net.weight[2] = 1 + 2**-23
    hashes |= {weights_hash(net), weights_hash(net.bfloat16())}
    assert len(hashes) == 4


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 2000))
def test_batches_hold_everything_within_the_budget(lengths, budget):
    made = batches(lengths, budget)
    assert sorted(i for batch in made for i in batch) == list(range(len(lengths)))
    for batch in made:
        longest = max(lengths[i] for i in batch)
        assert len(batch) * longest <= budget or len(batch) == 1


def test_features_are_looked_through():
    for bad in (np.nan, np.inf, -np.inf):
        vectors = np.ones((4, 3), np.float32)
        vectors[2, 1] = bad
        with pytest.raises(ValueError, match=r"1 vectors hold NaN or infinity \(first: row 2\)"):
            Features(vectors, np.ones(4, bool))
    for here in (-1, 1):
        vectors = np.array([[0, 0], [0, here], [1, 1]], np.float32)
        with pytest.raises(ValueError, match="not present have vectors other than zero"):
            Features(vectors, np.array([False, False, True]))
    assert Features(np.zeros((0, 0), np.float32), np.zeros(0, bool)).vectors.shape == (0, 0)


MILLION = """
import resource, sys
import torch
from torch import nn
from xdrec.encoders import LanguageModel

class Bag(nn.Module):
    # A stand-in for the transformer, whose memory does not depend on how many texts there are.
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.words = nn.Embedding(30_522, 384)

    def forward(self, input_ids, attention_mask):
        return (self.words(input_ids) * attention_mask[:, :, None]).mean(dim=1)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

model = LanguageModel(device="cpu", precision="float32")
model.net = Bag()
model.net_for_reading = lambda: model.net
model.identity = lambda: ["bag"]
texts = [f"steel pan number {n} with a lid of {n % 77} cm" for n in range(1_000_000)]
model.encode(texts[:5000], cache=False)
before = peak()
for turn in range(2):  # computed, then from the disk
    found = model.encode(texts)
    print((peak() - before) / 1e9, found.present.sum(), flush=True)
    assert found.vectors.shape == (1_000_000, 384) and found.vectors[-1].any()
    del found
"""


@pytest.mark.long
def test_a_million_texts_in_two_gigabytes():
    """The tokenizer is the real one; the vectors themselves are 1.54 GB of it."""
    done = subprocess.run([sys.executable, "-c", MILLION], stdout=subprocess.PIPE, check=True)
    for line in done.stdout.decode().splitlines():
        extra, there = line.split()
        assert int(there) == 1_000_000
        assert 1.5 < float(extra) < 2
