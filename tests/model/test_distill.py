"""A small encoder that learns a teacher's vectors."""

import numpy as np
import pytest
from PIL import Image

from xdrec.encoders import Features, ImageCNN, TextRNN
from xdrec.encoders.distill import distill
from xdrec.train import Plan

WORDS = ("tea", "coffee", "sugar", "salt", "pepper", "flour")
TEXTS = [f"{a} and {b}" for a in WORDS for b in WORDS]
PLAN = Plan(epochs=25, batch_size=12, lr=0.01)


def teacher(width=8, present=None):
    """A vector a word, drawn; a text is the sum of its two."""
    of = dict(zip(WORDS, np.random.default_rng(3).standard_normal((6, width)), strict=True))
    return Features.of([of[t.split()[0]] + of[t.split()[2]] for t in TEXTS], present)


def student():
    return TextRNN.of(TEXTS, hidden=4, embedding=16, dropout=0.0, device="cpu")


def apart(encoder, said):
    return 1 - (encoder.encode(TEXTS, cache=False).unit() * said.unit()).sum(axis=1)


def test_it_learns_what_the_teacher_says():
    encoder, said = student(), teacher()
    before = apart(encoder, said).mean()
    history = distill(encoder, TEXTS, said, PLAN)
    assert apart(encoder, said).mean() < 0.25 * before
    assert history.best is not None
    again = student()
    distill(again, TEXTS, said, PLAN)
    assert np.array_equal(
        again.encode(TEXTS, cache=False).vectors, encoder.encode(TEXTS, cache=False).vectors
    )


def test_what_is_missing_teaches_nothing():
    there = np.arange(len(TEXTS)) % 3 > 0
    texts = [text if row % 4 else None for row, text in enumerate(TEXTS)]
    one, other = student(), student()
    distill(one, texts, teacher(present=there), Plan(epochs=1))
    both = [row for row in range(len(TEXTS)) if there[row] and row % 4]
    less = Features.of(teacher().vectors[both])
    distill(other, [TEXTS[row] for row in both], less, Plan(epochs=1))
    assert np.array_equal(
        one.encode(TEXTS, cache=False).vectors, other.encode(TEXTS, cache=False).vectors
    )


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="8 numbers as the encoder's own"):
        distill(student(), TEXTS, teacher(width=9))
    with pytest.raises(ValueError, match="one an item"):
        distill(student(), TEXTS[:-1], teacher())
    with pytest.raises(ValueError, match="valid=1"):
        distill(student(), TEXTS, teacher(), valid=1)
    with pytest.raises(ValueError, match="0 items to learn from"):
        distill(student(), [None] * len(TEXTS), teacher())


def test_unreadable_items_are_named():
    pictures = [Image.new("RGB", (96, 128), "navy"), b"no picture"] * 3
    encoder = ImageCNN(widths=(4, 4, 4), device="cpu")
    said = Features.of(np.eye(6, 24))
    with pytest.raises(ValueError, match="3 items cannot be read"):
        distill(encoder, pictures, said)
    masked = ImageCNN(widths=(4, 4, 4), device="cpu", unreadable="mask")
    assert distill(masked, pictures, said, Plan(epochs=1)).steps
