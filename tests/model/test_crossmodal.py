"""Words and patches: the contract, the score by hand, and pairs that it learns."""

import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from tests.model.encoder_contract import EncoderContract
from xdrec.encoders.contrast import fit_pairs, info_nce, recall_at_1
from xdrec.encoders.crossmodal import CrossModal
from xdrec.train import Plan

COLOURS = ("red", "green", "blue", "gold")
PLACES = {"top left": (0, 0), "top right": (1, 0), "bottom left": (0, 1), "bottom right": (1, 1)}
TEXTS = [f"a {c} disc at the {p}" for c in COLOURS for p in PLACES]


def disc(colour, place, shade=255):
    """A coloured disc in one quarter of a picture of 32 x 32."""
    image = Image.new("RGB", (32, 32), (shade, shade, shade))
    x, y = (16 * at for at in PLACES[place])
    ImageDraw.Draw(image).ellipse((x + 2, y + 2, x + 13, y + 13), fill=colour)
    return image


DISCS = [disc(c, p) for c in COLOURS for p in PLACES]


def small(**options):
    return CrossModal.of(TEXTS, width=16, size=(32, 32), device="cpu", **options)


class TestCrossModal(EncoderContract):
    @pytest.fixture
    def encoder(self):
        return small()

    @pytest.fixture
    def items(self):
        return [
            (TEXTS[0], DISCS[0]), None, ("a red disc, a blue disc and a gold disc", DISCS[9]),
            (TEXTS[3], None), (None, DISCS[3]), (" ", DISCS[5]), ("disc", DISCS[5]), (None, None),
        ]  # fmt: skip


@pytest.fixture(scope="module")
def taught():
    """Every disc in six shades of grey around it; the darkest is kept for the tests."""
    model = small(seed=1)
    shades = [250, 230, 210, 190, 170]
    pairs = [(f"a {c} disc at the {p}", disc(c, p, s))
             for s in shades for c in COLOURS for p in PLACES]  # fmt: skip
    texts, pictures = zip(*pairs, strict=True)
    plan = Plan(epochs=60, batch_size=16, lr=1e-2)
    return model, fit_pairs(model, texts, pictures, plan, valid=0.2)


class TestByHand:
    """Two words, two patches, κ = ln 3; shares of 1/4 and 3/4."""

    def net(self):
        net = small().net.eval()
        with torch.no_grad():
            net.log_kappa.fill_(math.log(math.log(3)))
        return net

    words = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    shares, mask = torch.tensor([[0.25, 0.75]]), torch.ones(1, 2, dtype=torch.bool)

    def test_the_score(self):
        """Word 1 finds itself and its opposite: log_3 of (3 + 1/3) / 2; word 2 two of itself."""
        patches = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])
        found = self.net().scores(self.words, self.shares, self.mask, patches)
        first = 0.25 * math.log((3 + 1 / 3) / 2, 3)  # word 2 finds nothing there: log_3 1 = 0
        assert found.tolist()[0] == pytest.approx([first, 0.75])

    def test_the_attention_map_is_the_slope_of_the_score(self):
        """∂ match / ∂ p_k = Σ_j b_j a_jk w_j, with a of odds 3 to 1/3, then even."""
        patches = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]], requires_grad=True)
        self.net().scores(self.words, self.shares, self.mask, patches).sum().backward()
        a = 3 / (3 + 1 / 3)
        expected = [[0.25 * a, 0.75 / 2], [0.25 * (1 - a), 0.75 / 2]]
        assert patches.grad[0].flatten().tolist() == pytest.approx(np.ravel(expected))


def test_a_pairs_vector_is_its_words_and_what_they_found():
    model, net = small(), small().net.eval()
    found = model.associate([TEXTS[6]], [DISCS[6]])
    batch = model.collate(model.prepare([(TEXTS[6], DISCS[6])]))
    with torch.no_grad():
        words, _, _ = net.words(batch["ids"], batch["mask"])
        patches = net.patches(batch["pixels"])[0].numpy()
    seen = found.maps[0].reshape(len(found.tokens[0]), -1) @ patches
    vector = (found.shares[0][:, None] * (words[0].numpy() + seen)).sum(axis=0)
    assert found.features[0] == pytest.approx(vector / np.linalg.norm(vector), abs=1e-5)
    assert found.tokens[0] == TEXTS[6].split()


def test_shares_and_maps_sum_to_one():
    texts = [TEXTS[0], "disc", TEXTS[1] + " and " + TEXTS[2]]
    found = small().associate(texts, DISCS[:3])
    for tokens, shares, maps in zip(found.tokens, found.shares, found.maps, strict=True):
        assert maps.shape == (len(tokens), 4, 4)
        assert maps.min() >= 0
        assert maps.sum(axis=(1, 2)) == pytest.approx(np.ones(len(tokens)), abs=1e-5)
        assert shares.sum() == pytest.approx(1, abs=1e-5)


def test_a_match_does_not_depend_on_its_company(monkeypatch):
    model, texts = small(), [*TEXTS, "disc " * 40]
    together = model.match(texts, DISCS)
    assert together.shape == (17, 16)
    assert np.abs(together).max() <= 1
    monkeypatch.setattr("xdrec.encoders.crossmodal.BLOCK", 5)
    assert model.match(texts, DISCS) == pytest.approx(together, abs=1e-5)
    assert model.match(texts[3:4], DISCS[7:8])[0, 0] == pytest.approx(together[3, 7], abs=1e-5)


def test_the_order_of_the_patches_is_known_and_that_of_far_words_is_not():
    """A mirrored picture is another one; words that are no neighbours may change places."""
    model = small()
    left, right = model.match(["disc"], [DISCS[0], DISCS[1]])[0]
    assert left != right
    one, other = model.match([". . red . . gold . .", ". . gold . . red . ."], DISCS)
    assert one == pytest.approx(other, abs=1e-5)
    one, other = model.match(["red gold . .", "gold red . ."], DISCS)
    assert one != pytest.approx(other, abs=1e-5)


class TestLearning:
    def test_it_finds_the_picture_of_a_text_and_the_text_of_a_picture(self, taught):
        """Pictures of a grey that it has not seen; by chance 1 in 16."""
        model, history = taught
        assert history.epochs[-1]["loss"] < history.epochs[0]["loss"]
        scores = torch.tensor(model.match(TEXTS, [disc(*words(t), 220) for t in TEXTS]))
        assert recall_at_1(scores) >= 0.9
        assert recall_at_1(scores.T) >= 0.9

    def test_each_side_alone_lies_in_the_same_space(self, taught):
        model, _ = taught
        texts = model.encode([(t, None) for t in TEXTS]).vectors
        pictures = model.encode([(None, disc(*words(t), 220)) for t in TEXTS]).vectors
        assert recall_at_1(torch.tensor(texts @ pictures.T)) >= 0.9

    def test_the_words_look_at_the_quarter_that_they_speak_of(self, taught):
        """More attention falls on the disc's own quarter than the quarter that chance gives it."""
        model, _ = taught
        found = model.associate(TEXTS, [disc(*words(t), 220) for t in TEXTS])
        inside = []
        for text, shares, maps in zip(TEXTS, found.shares, found.maps, strict=True):
            x, y = PLACES[words(text)[1]]
            weight = np.tensordot(shares, maps, axes=1)
            inside.append(weight[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].sum())
        assert np.mean(inside) > 0.4

    def test_the_same_seed_gives_the_same_weights(self):
        def weights():
            model = small()
            fit_pairs(model, TEXTS, DISCS, Plan(epochs=2, batch_size=8), valid=0)
            return model.net.state_dict()

        one, two = weights(), weights()
        assert all(one[name].equal(two[name]) for name in one)


def words(text):
    """The colour and the place that a text speaks of."""
    return text.split()[1], " ".join(text.split()[-2:])


def test_info_nce_by_hand():
    """Rows (2, 0) and (1, 1): -log of e²/(e²+1) and 1/2; columns (2, 1) and (0, 1) likewise."""
    found = info_nce(torch.tensor([[2.0, 0.0], [1.0, 1.0]]))
    e = math.e
    rows = math.log(1 + e**-2) + math.log(2)
    columns = math.log(1 + 1 / e) + math.log(1 + 1 / e)
    assert float(found) == pytest.approx((rows + columns) / 4)


def test_recall_at_1_counts_no_ties():
    scores = torch.tensor([[1.0, 0.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
    assert recall_at_1(scores) == pytest.approx(2 / 3)
    assert recall_at_1(torch.zeros(4, 4)) == 0


class TestErrors:
    def test_what_is_no_pair(self):
        with pytest.raises(ValueError, match="2 items are no pairs, the first in row 1"):
            small().encode([None, "a red disc", ("a", None, None)])
        with pytest.raises(ValueError, match="texts are neither words nor None"):
            small().encode([(3, None)])
        with pytest.raises(ValueError, match="items are no pictures"):
            small().encode([("a red disc", 3)])

    def test_what_is_missing_or_unreadable(self):
        model = small()
        with pytest.raises(ValueError, match="1 texts or pictures are missing, the first in row 1"):
            model.match(["a disc", " "], DISCS)
        with pytest.raises(ValueError, match="missing, the first in row 0"):
            model.associate(["a disc"], [None])
        with pytest.raises(ValueError, match="row 1 cannot be read: 3 bytes"):
            model.match(["a disc"], [DISCS[0], b"xyz"])
        with pytest.raises(ValueError, match="1 item cannot be read"):
            model.encode([("a disc", b"xyz")])
        assert small(unreadable="mask").encode([("a disc", b"xyz")]).present.tolist() == [False]
        with pytest.raises(ValueError, match="2 texts and 1 pictures"):
            model.associate(TEXTS[:2], DISCS[:1])

    def test_what_cannot_be_taught(self):
        model = small()
        with pytest.raises(ValueError, match="1 pictures cannot be read"):
            fit_pairs(model, TEXTS[:3], [*DISCS[:2], b"xyz"])
        with pytest.raises(ValueError, match="3 texts and 2 pictures"):
            fit_pairs(model, TEXTS[:3], DISCS[:2])
        with pytest.raises(ValueError, match="1 pairs to learn from"):
            fit_pairs(model, [TEXTS[0], None, "a"], [DISCS[0], DISCS[1], None])
        with pytest.raises(ValueError, match=r"valid=1\.5"):
            fit_pairs(model, TEXTS, DISCS, valid=1.5)

    def test_sizes(self):
        with pytest.raises(ValueError, match="multiples of 8 pixels"):
            CrossModal.of(TEXTS, size=(30, 32))
        with pytest.raises(ValueError, match="max_length=0"):
            CrossModal.of(TEXTS, max_length=0)
