"""What an image network looks for, and where it finds it: pictures of it, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from xdrec.encoders.base import Unreadable
from xdrec.encoders.image import ImageCNN, PictureEncoder
from xdrec.encoders.pictures import Picture


def first_filters(encoder: PictureEncoder) -> np.ndarray:
    """The filters of the first convolution as pictures, uint8 [filters, height, width, 3 colours].

    Weight 0 is grey (128), the filter's largest weight in size black or white. Book: encoders.

    >>> first_filters(ImageCNN()).shape
    (24, 3, 3, 3)
    """
    first = next(part for part in encoder.net.modules() if isinstance(part, nn.Conv2d))
    weight = first.weight.detach().float().cpu().permute(0, 2, 3, 1).numpy()
    most = np.abs(weight).max(axis=(1, 2, 3), keepdims=True)
    return np.rint(128 + 127 * weight / np.maximum(most, 1e-12)).astype(np.uint8)


@torch.inference_mode()
def activation_map(
    encoder: ImageCNN, picture: Picture, direction: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Where in a picture its vector f comes from, as far as it points in a direction.

    Returns the picture as the net gets it, uint8 [h, w, 3], and a map float32 [h, w]. The first
    half of f, m, is an average over places, so ⟨m, direction⟩ is one too: the map holds its terms,
    at the size of the picture, and the map's mean is ⟨m, direction⟩. `direction` [width / 2]
    (default: m itself, at length 1) may be the weights of a category, or what tells two groups of
    items apart.
    Raises ValueError for a picture that cannot be read and a direction of another length.
    Source: Zhou et al., CVPR 2016 (class activation mapping). Book: encoders.
    """
    (thing,) = encoder.prepare([picture])
    if isinstance(thing, Unreadable):
        raise ValueError(f"{thing.reason}: expected a picture to look at")
    net: Any = encoder.net.eval().to(encoder.device)
    seen = [
        part.float().cpu() for part in net.maps(torch.tensor(thing[None], device=encoder.device))
    ]
    vector = torch.cat([part.mean(dim=(2, 3)) for part in seen], dim=1)[0]
    wanted = vector / vector.norm() if direction is None else torch.tensor(direction).float()
    if wanted.shape != vector.shape:
        raise ValueError(f"direction of shape {tuple(wanted.shape)}: expected [{len(vector)}]")
    total, at = torch.zeros(encoder.pixels), 0
    for part in seen:
        terms = torch.einsum("dhw,d->hw", part[0], wanted[at : at + part.shape[1]])
        large = functional.interpolate(terms[None, None], size=encoder.pixels, mode="bilinear")[
            0, 0
        ]
        total += large - large.mean() + terms.mean()  # scaling up keeps the mean only about
        at += part.shape[1]
    return thing, total.numpy()
