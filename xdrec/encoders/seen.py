"""Words read off pictures: what the pictures that look most like it are called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xdrec.encoders.features import Features
from xdrec.ranking import top_k


def words_seen(
    pictures: Features,
    known: Features,
    words: Sequence[str | None],
    *,
    neighbours: int = 10,
    most: int = 2,
) -> list[list[str]]:
    """The `most` best words for each picture, by a vote of the `known` pictures nearest to it.

    `pictures` [n, d] and `known` [m, d] come from one encoder; `words` names each of the known
    (None: it has no name and no vote). A neighbour's vote counts as its cosine, if that is above 0:
    votes(w) = Σ max(0, cos(picture, known_j)) over the `neighbours` nearest j called w. Fewer words
    come back where fewer got a vote, none for a picture that is not present; equal votes go in
    alphabetical order. Raises ValueError for other widths or lengths. Source: document X 2.5.1 (the
    language model reads the image too); k nearest neighbours, Cover and Hart, 1967. Book: language
    models.

    >>> known = Features.of(np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]))
    >>> picture = Features.of(np.array([[1.0, 0.2]]))
    >>> words_seen(picture, known, ["sea", "sea", "city"], neighbours=3)
    [['sea', 'city']]
    """
    if len(words) != len(known.vectors):
        raise ValueError(f"{len(words)} words for {len(known.vectors)} known pictures: one each")
    if pictures.vectors.shape[1] != known.vectors.shape[1]:
        raise ValueError(
            f"pictures have {pictures.vectors.shape[1]} dimensions, the known ones "
            f"{known.vectors.shape[1]}: expected one encoder for both"
        )
    if neighbours < 1 or most < 1:
        raise ValueError(f"neighbours={neighbours}, most={most}: expected both at least 1")
    called = {
        row: word for row, word in enumerate(words) if word is not None and known.present[row]
    }
    if not called:
        return [[] for _ in pictures.vectors]
    names = sorted(set(called.values()))
    number = np.array([names.index(word) for word in called.values()])
    cosines = pictures.unit() @ known.unit()[list(called)].T
    near = top_k(cosines, min(neighbours, cosines.shape[1]))
    votes = np.zeros((len(cosines), len(names)))
    voice = np.maximum(np.take_along_axis(cosines, near, axis=1), 0)
    np.add.at(votes, (np.arange(len(near))[:, None], number[near]), voice)
    best = top_k(np.where(votes > 0, votes, -np.inf), most)
    return [[names[at] for at in row if at >= 0] for row in best]
