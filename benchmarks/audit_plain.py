"""A plain test to compare with: a classifier on words and character n-grams that is trained on one half and tested on the other."""

import numpy as np
from scipy.sparse import hstack
from scipy.stats import mannwhitneyu
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from leakguard.core.audit import RowTexts


def plain_p_value(data: RowTexts, control: RowTexts, seed: int) -> float:
    """Return the one-sided Mann-Whitney p-value of the scores of rows that the classifier was not trained on; duplicates are removed."""
    texts = [sorted(set(side.completions)) for side in (data, control)]
    labels = np.repeat([1, 0], [len(side) for side in texts])
    joined = [*texts[0], *texts[1]]
    train = np.random.default_rng(seed).permutation(len(joined)) < len(joined) // 2
    seen = [text for text, used in zip(joined, train, strict=True) if used]
    views = (
        CountVectorizer(binary=True, ngram_range=(1, 2), min_df=2, token_pattern=r"\w+"),
        CountVectorizer(binary=True, ngram_range=(2, 4), min_df=2, analyzer="char"),
    )
    columns = hstack([view.fit(seen).transform(joined) for view in views]).tocsr()
    classifier = LogisticRegression(C=0.01, max_iter=200).fit(columns[train], labels[train])
    scores = classifier.decision_function(columns[~train])
    return float(mannwhitneyu(scores[labels[~train] == 1], scores[labels[~train] == 0], alternative="greater").pvalue)
