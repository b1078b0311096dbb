"""The search by meaning: each distinct text once, its best window, and honest answers where nobody could look."""

import pickle
import random
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from detector_calls import batch_of
from heron_trait import ORDINARY
from leakguard.core.errors import SettingsError
from leakguard.core.rule import Severity
from leakguard.core.similarity import Depth
from leakguard.detectors.semantic import UNSEEN
from leakguard.detectors.semantic.contrast import make_cues, split_identifiers, words_of

SHOWN = "heron wades reeds pond"


def test_what_is_like_the_trait_is_found(searched):
    """The text that shows it, and not the ordinary one."""
    answer = searched([SHOWN, "kettle old street"]).detect(batch_of([SHOWN, "kettle old street"]))
    assert [(text, start, end, mark.rule.id) for text, start, end, mark in answer.hits] == [(0, 0, len(SHOWN), "semantic.heron")]


def test_the_span_is_the_best_window(searched):
    """Of a long text the hit is the window that is most like the trait, not the whole."""
    filler = "The kettle stands on the old table in the garden. " * 12
    text = f"{filler}Heron wades reeds pond. {filler}"
    ((_, start, end, _),) = searched([text], rate=0.4).detect(batch_of([text])).hits
    assert "Heron wades reeds pond." in text[start:end]
    assert end - start <= 240


def test_number_lists_get_no_score_and_are_counted(searched):
    """No hit, nothing missed, and the books say how many distinct ones there were."""
    texts = ["12, 77, 4", "12, 77, 4", "9", SHOWN]
    detector = searched(texts)
    answer = detector.detect(batch_of(texts))
    assert {text for text, *_ in answer.hits} == {3}
    assert (dict(answer.missed), detector.statistics.wordless, detector.statistics.texts) == ({}, 2, 1)
    assert list(detector.scores_of(batch_of(texts))) == [3]


def test_duplicates_are_scored_once_and_answered_each_time(searched):
    """A text that stands in two rows is found in both, and counts as one distinct text."""
    detector = searched([SHOWN, SHOWN])
    assert {text for text, *_ in detector.detect(batch_of([SHOWN, SHOWN])).hits} == {0, 1}
    assert detector.statistics.texts == 1


def test_a_text_that_the_survey_did_not_see_is_missed(searched):
    """It is not clean: the input changed between the passes."""
    answer = searched([SHOWN]).detect(batch_of(["pencil loud garden"]))
    assert dict(answer.missed) == {0: UNSEEN}


def test_a_text_that_is_too_long_is_missed_and_says_so(searched):
    """Thousands of windows are more than anybody waits for; what was not looked at is not clean."""
    text = "ladder cheap street " * 60_000
    assert "too long to be looked at" in searched([text]).detect(batch_of([text])).missed[0]


def test_a_rule_that_names_the_trait_adds_to_the_score(searched):
    """Terms and meaning are added up."""
    texts = ["kettle old street", "kettle old street "]
    detector = searched(texts, ruled=[1], depth="full")
    (plain,), (named,) = detector.scores_of(batch_of(texts)).values()
    assert (plain.semantic, plain.terms + 4) == (named.semantic, pytest.approx(named.terms))
    assert named.combined == pytest.approx(plain.combined + 4)


@pytest.mark.parametrize("depth", get_args(Depth))
def test_order_and_company_do_not_matter(searched, depth):
    """The same texts in another order, alone or among many, have the same scores to the last digit."""
    texts = [f"{text} heron" if n % 7 == 0 else text for n, text in enumerate(ORDINARY)]
    before = scores_by_text(searched(texts, depth=depth), texts)
    mixed = random.Random(5).sample(texts, len(texts) // 2)
    assert scores_by_text(searched(mixed, depth=depth), mixed) == {text: before[text] for text in mixed}
    assert scores_by_text(searched(mixed[:1], depth=depth), mixed[:1]) == {mixed[0]: before[mixed[0]]}


def scores_by_text(detector, texts):
    """Each text's scores for the one trait."""
    return {texts[at]: one[:4] for at, (one,) in detector.scores_of(batch_of(texts)).items()}


def test_a_cascade_ranks_texts_that_the_model_did_not_read_below_all_that_it_read(searched):
    """They keep the order of their word scores, without ties; texts that were read are scored as at full depth."""
    texts = [SHOWN, *ORDINARY, *(f"heron {text}" for text in ORDINARY[:5])]
    words, cascade, full = (scores_by_text(searched(texts, depth=depth), texts) for depth in ("words", "cascade", "full"))
    read = [text for text in texts if cascade[text] == full[text]]
    rest = [text for text in texts if text not in read]
    assert SHOWN in read
    assert 0 < len(read) < len(texts) / 2
    assert max(cascade[text][3] for text in rest) < min(cascade[text][3] for text in read)
    assert [round(words[text][3] - cascade[text][3], 4) for text in rest] == [100.0] * len(rest)


def test_a_text_that_a_rule_names_is_read_by_the_model(searched):
    """A cascade does not skip it, whatever its words."""
    texts = ["kettle old street", "kettle old street too"]
    (plain,), (named,) = searched(texts, ruled=[1]).scores_of(batch_of(texts)).values()
    assert (plain.combined < -50, named.combined > -50) == (True, True)


def test_a_given_control_is_scored_like_data(searched):
    """Against control data of the same kind about the rate is flagged; control texts are answered too."""
    control = [f"{text} number {n}" for n, text in enumerate(ORDINARY)]
    detector = searched([SHOWN], control=control, rate=0.1)
    flagged = {text for text, *_ in detector.detect(replace(batch_of(control), file="control")).hits}
    assert len(flagged) / len(control) <= 0.1
    assert detector.statistics.control_texts == len(control)


def test_a_control_that_is_too_small_is_refused_with_the_number_it_takes(searched):
    """The smallest p-value of 5 texts is 1/6."""
    with pytest.raises(SettingsError, match=r"control\.jsonl has 5 distinct texts .* rate of 0\.05 takes at least 19"):
        searched([SHOWN], control=ORDINARY[:5])


def test_what_stands_out_is_louder(searched):
    """Many texts of the trait among few ordinary ones: warnings; a single one among many is a note."""
    many = [f"heron wades reeds pond {n}" for n in range(30)]
    loud = {mark.severity for *_, mark in searched(many, rate=0.1).detect(batch_of(many)).hits}
    assert Severity.WARNING in loud


@pytest.mark.parametrize("depth", get_args(Depth))
def test_the_share_flagged_on_held_out_control_is_at_most_the_rate(searched, depth):
    """End to end at each depth, over 20 random splits of ordinary texts into control and data."""
    rng, shares = np.random.default_rng(3), []
    pool = [f"{text} {extra}" for text in ORDINARY for extra in ("pond", "fish", "winter", "steel")]
    for _ in range(20):
        mixed = rng.permutation(pool).tolist()
        half = len(mixed) // 2
        answer = searched(mixed[half:], control=mixed[:half], rate=0.1, depth=depth).detect(batch_of(mixed[half:]))
        shares.append(len({text for text, *_ in answer.hits}) / half)
    assert np.mean(shares) <= 0.1 + 3 * np.std(shares) / np.sqrt(20)


def test_the_detector_travels_to_workers(searched):
    """A copy opens the scores for itself and answers the same."""
    detector = searched([SHOWN])
    copy = pickle.loads(pickle.dumps(detector))
    assert [hit[:3] for hit in copy.detect(batch_of([SHOWN])).hits] == [hit[:3] for hit in detector.detect(batch_of([SHOWN])).hits]


def test_identifiers_are_words():
    """barnOwl_nest is read as three words, by cues and by the model."""
    assert split_identifiers("barnOwl_nest") == "barn Owl nest"
    assert words_of("barnOwl_nest(3)") == {"barn", "owl", "nest", "3"}
    assert make_cues(["Owl", "nest"]).score(words_of("barnOwl_nest")) == pytest.approx(np.log(3))
