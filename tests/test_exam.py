"""The exam of the instructor's guide: where a key is a number, the library gives the same."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from xdrec.closed_form import item_item
from xdrec.encoders.attention import attention
from xdrec.encoders.features import Features
from xdrec.fusion import concatenate
from xdrec.metrics import ndcg

PAGE = (Path(__file__).parents[1] / "book" / "teaching.md").read_text(encoding="utf-8")


def test_twelve_questions_with_twelve_keys() -> None:
    exam = PAGE.split("## Twelve questions for an exam")[1]
    assert [f"**{n}.**" in exam for n in range(1, 14)] == 12 * [True] + [False]
    assert exam.count("<summary>Key</summary>") == exam.count("</details>") == 12


def test_attention() -> None:
    same, scale = torch.eye(2), math.log(3)
    open_, masked = (
        attention(same, same, same, mask, scale=scale)
        for mask in (None, torch.ones(2, 2).tril().bool())
    )
    torch.testing.assert_close(open_, torch.tensor([[0.75, 0.25], [0.25, 0.75]]))
    torch.testing.assert_close(masked[0], torch.tensor([1.0, 0.0]))


def test_what_an_item_lacks() -> None:
    text = Features.of(np.array([[1.0, 2.0], [0.0, 0.0]]), present=[True, False])
    image = Features.of(np.array([[0.0], [3.0]]), present=[False, True])
    fused = concatenate({"text": text, "image": image}, {"text": 0.7, "image": 0.3})
    assert fused.shares.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert fused.unit()[0] @ fused.unit()[1] == 0


def test_the_user_s_vector() -> None:
    items = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    u = np.array([2, 1, 1]) @ items / 3
    cosines = items @ u / np.linalg.norm(items, axis=1) / np.linalg.norm(u)
    assert u.tolist() == pytest.approx([1, 2 / 3])
    assert cosines.round(2).tolist() == [0.83, 0.55, 0.98]


def test_ease() -> None:
    g = np.array([[3.0, 2.0], [2.0, 2.0]])
    assert item_item(g, g, mu=1.0).ravel().tolist() == pytest.approx([0, 1 / 2, 2 / 3, 0])


def test_both_norms() -> None:
    far = np.array([3.0, 4.0])
    plain, squared = far * (1 - 2 / 5), far / (1 + 2 * 2)
    # The slopes of loss and penalty cancel out where the key says.
    assert plain - far + 2 * plain / np.linalg.norm(plain) == pytest.approx(0)
    assert squared - far + 2 * 2 * squared == pytest.approx(0)
    assert (plain.tolist(), squared.tolist()) == (
        pytest.approx([1.8, 2.4]),
        pytest.approx([0.6, 0.8]),
    )


def test_ndcg() -> None:
    assert ndcg(np.array([[True, False, True]]), np.array([2])).round(2).tolist() == [0.92]
