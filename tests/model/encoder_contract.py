"""What every encoder f promises, whatever it reads: texts, pictures, sounds, series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from xdrec.encoders.base import Encoder


class EncoderContract:
    """A subclass gives the fixtures `encoder` (small, fresh, the same every time, float32 on the
    CPU) and `items` (at least four to encode, of different sizes where the kind has sizes, and
    None among them), and says below what does not hold for its kind."""

    trainable = True  # a head's loss reaches every weight of the net that asks for a gradient
    unused: tuple[str, ...] = ()  # parts of the names of weights that no vector depends on
    bfloat16 = True  # the net can also read in bfloat16; False: asking for it is a ValueError
    tolerance = 1e-5  # what rounding may do to a number of a vector in float32

    @pytest.fixture
    def encoder(self) -> Encoder:
        raise AssertionError("a subclass makes the encoder")

    @pytest.fixture
    def items(self) -> list[Any]:
        raise AssertionError("a subclass says what it encodes")

    @pytest.fixture
    def there(self, encoder: Encoder, items: list[Any]) -> list[int]:
        """The rows of the items that are there."""
        rows = [row for row, item in enumerate(items) if encoder.present(item)]
        assert len(rows) >= 4
        assert None in items
        return rows

    def again(self, encoder: Encoder, folder: Path, **options: Any) -> Encoder:
        """The same encoder, saved and loaded, on another device or in another precision."""
        encoder.save(folder)
        files = {file.suffix for file in folder.rglob("*") if file.is_file()}
        assert ".safetensors" in files
        assert not files & {".pt", ".pth", ".pkl", ".pickle", ".bin"}
        return type(encoder).load(folder, **{"device": "cpu", "precision": "float32"} | options)

    def test_one_finite_vector_an_item(self, encoder, items, there):
        features = encoder.encode(items)
        assert features.vectors.dtype == np.float32
        assert features.vectors.shape == (len(items), encoder.width)
        assert np.isfinite(features.vectors).all()

    def test_what_is_missing_is_marked(self, encoder, items, there):
        features = encoder.encode(items)
        assert features.present.dtype == bool
        assert np.flatnonzero(features.present).tolist() == there
        assert not features.vectors[~features.present].any()

    def test_items_that_differ_get_vectors_that_differ(self, encoder, items, there):
        vectors = encoder.encode(items).vectors[there]
        gaps = np.abs(vectors[:, None] - vectors[None]).max(axis=2)
        assert (gaps[~np.eye(len(there), dtype=bool)] > self.tolerance).all()

    def test_same_numbers_twice(self, encoder, items):
        encoder.net.train()  # reading must not depend on how the net was left
        first, second = (encoder.encode(items, cache=False).vectors for _ in range(2))
        assert first.tobytes() == second.tobytes()

    def test_order_does_not_matter(self, encoder, items):
        forwards = encoder.encode(items, cache=False)
        backwards = encoder.encode(items[::-1], cache=False)
        assert forwards.vectors == pytest.approx(backwards.vectors[::-1], abs=self.tolerance)
        assert (forwards.present == backwards.present[::-1]).all()

    def test_company_does_not_matter(self, encoder, items, there):
        """Batches and padding are the encoder's business, not the vector's."""
        together = encoder.encode(items, cache=False).vectors
        encoder.budget = 10**9  # one batch, so that the smallest is padded to the largest
        assert together == pytest.approx(
            encoder.encode(items, cache=False).vectors, abs=self.tolerance
        )
        for row in there:
            alone = encoder.encode([items[row]], cache=False).vectors[0]
            assert together[row] == pytest.approx(alone, abs=self.tolerance)

    def test_nothing_in_nothing_out(self, encoder):
        for nothing in ([], [None, None]):
            features = encoder.encode(nothing)
            assert features.vectors.shape == (len(nothing), encoder.width)
            assert not features.present.any()

    def test_the_second_time_comes_from_the_disk(self, encoder, items, monkeypatch):
        first = encoder.encode(items)
        monkeypatch.setattr(encoder, "prepare", None)  # cannot be called
        second = encoder.encode(items)
        assert first.vectors.tobytes() == second.vectors.tobytes()
        assert (first.present == second.present).all()

    def test_other_weights_are_not_taken_for_these(self, encoder, items, there):
        if not self.trainable:
            return  # its weights are those of its files, which have tests of their own
        before = encoder.encode(items).vectors
        with torch.no_grad():
            for weight in encoder.net.parameters():
                weight.add_(0.1 * torch.sin(torch.arange(weight.numel())).reshape(weight.shape))
        assert not np.array_equal(before, encoder.encode(items).vectors)

    def test_a_head_teaches_every_weight(self, encoder, items, there):
        if not self.trainable:
            assert not any(p.requires_grad for p in encoder.net.parameters())
            return
        encoder.encode(items, cache=False)  # having been read must not keep it from learning
        net = encoder.net.train()
        torch.manual_seed(0)  # dropout, where there is any
        vectors = net(**encoder.collate(encoder.prepare([items[row] for row in there])))
        assert vectors.shape == (len(there), encoder.width)
        head = torch.randn(vectors.shape, generator=torch.Generator().manual_seed(0))
        (vectors.float() * head.to(vectors.device)).sum().backward()
        trained = {name: p for name, p in net.named_parameters() if p.requires_grad}
        assert trained
        reached = {name for name, p in trained.items() if p.grad is not None and p.grad.any()}
        idle = {name for name in trained if any(part in name for part in self.unused)}
        assert trained.keys() - reached == idle

    def test_saved_and_loaded_it_is_the_same(self, encoder, items, tmp_path):
        before = encoder.encode(items, cache=False)
        loaded = self.again(encoder, tmp_path)
        assert loaded.settings() == encoder.settings()
        after = loaded.encode(items, cache=False)
        assert before.vectors.tobytes() == after.vectors.tobytes()
        assert (before.present == after.present).all()

    def test_bfloat16_is_close(self, encoder, items, there, tmp_path):
        if not self.bfloat16:
            with pytest.raises(ValueError, match="precision"):
                self.again(encoder, tmp_path, precision="bfloat16")
            return
        fine = encoder.encode(items).vectors[there]
        coarse = self.again(encoder, tmp_path, precision="bfloat16").encode(items).vectors[there]
        assert not np.array_equal(fine, coarse)
        assert (_cosine(fine, coarse) > 0.99).all()

    def test_cuda_gives_what_the_cpu_gives(self, encoder, items, there, tmp_path):
        if not torch.cuda.is_available():
            # Two devices can only be compared where there are two.
            pytest.skip("no CUDA device on this machine")
        here = encoder.encode(items).vectors[there]
        other = self.again(encoder, tmp_path, device="cuda").encode(items).vectors[there]
        assert here == pytest.approx(other, rel=1e-2, abs=1e-3)
        assert (_cosine(here, other) > 0.9999).all()


def _cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
