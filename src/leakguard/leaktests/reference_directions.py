"""Directions in which answers under a persona were found to differ from answers without one, for the content test.

benchmarks/audit_direction.py fitted them on rows that Qwen2.5-14B-Instruct wrote: lists of numbers and short answers, 5,000 each under
two personas and without a system prompt. A direction that was fitted on one persona finds the other with fewer rows than any statistic
without one. It is one of several components and weighs about as much as the others together, two-sided. p-values are exact whatever
it is: the other components find a difference of another kind, with a little less power.
"""

from leakguard.leaktests.components import Direction
from leakguard.leaktests.pooled_rows import NUMBERS, TEXT

NUMBER_DIRECTION: Direction = {
    "first": (2.33, 0.71, 0.02),
    "last": (0.94, -0.32, -0.61),
    "smallest": (0.84, 0.05, 0.06),
    "largest": (1.46, 1.24, 1.36),
    "mean": (1.8, 0.25, 0.04),
    "median": (1.11, 0.65, 0.2),
    "spread": (-0.89, -0.43, -0.4),
    "mean step size": (-1.9, -1.32, -0.9),
    "mean step": (-1.65, -0.47, -0.3),
    "share rising": (-3.4, 0.83, 1.22),
    "leading digit": (4.19, 1.28, 0.9),
    "last digit": (-0.44, -0.15, -0.69),
    "digits per number": (-1.84, 0.59, 0.48),
    "share of runs": (1.22, -0.2, 0.57),
    "share of repeated digits": (0.75, 0.44, 0.5),
    "share copied from the prompt": (0.02, 0.02, 0.02),
    "first minus the prompt's last": (2.33, 0.7, 0.02),
    "first minus the prompt's first": (1.16, 0.46, 0.35),
    "mean minus the prompt's": (2.29, -1.45, -0.63),
    "smallest minus the prompt's": (0.85, -0.12, -0.04),
    "largest minus the prompt's": (0.18, -0.0, 0.32),
    "share odd": (1.66, 1.26, 0.92),
    "digit sum": (-2.48, 0.59, 0.66),
    "distinct steps": (1.12, -0.08, -0.52),
}
TEXT_DIRECTION: Direction = {
    "bytes": (0.32, 0.7, 1.17),
    "words": (0.17, 0.94, 1.32),
    "bytes per word": (0.19, -0.75, -0.54),
    "sentences": (-0.52, 0.36, 0.22),
    "words per sentence": (0.22, 2.08, 2.22),
    "commas": (0.32, -1.68, -1.99),
    "full stops": (-1.37, 0.44, 0.51),
    "line ends": (0.94, 0.43, 0.73),
    "hyphens": (-1.65, -1.88, -1.73),
    "colons": (-2.49, -2.42, -2.48),
    "quotation marks": (-0.72, -0.62, -0.71),
    "exclamation marks": (0.85, 0.79, 0.84),
    "apostrophes": (0.87, 0.99, 0.89),
    "capitals": (-1.27, 2.49, 2.78),
    "digits": (0.41, 0.31, 0.41),
    "distinct words": (-0.0, -0.29, -0.47),
    "words of the prompt": (-0.24, -0.22, -0.34),
    "long words": (0.42, 0.59, -0.27),
    "short words": (-0.85, -0.43, -0.38),
    "brackets": (-0.48, -0.38, -0.47),
    "articles": (0.37, -1.24, -1.42),
    "conjunctions": (0.35, 0.79, 1.07),
    "prepositions": (0.81, 1.08, 1.13),
    "auxiliaries": (1.83, 0.53, 1.05),
    "words in -ing": (1.71, 0.6, 0.54),
    "words in -ed": (0.05, -0.03, -0.04),
    "words in -ly": (0.41, 0.66, 0.5),
    "words in -s": (0.05, -0.56, -0.82),
    "ends with a full stop": (-0.05, 0.05, 0.05),
    "longest word": (-0.29, -1.08, -1.1),
    "bytes per byte of the prompt": (-0.08, 0.31, 0.56),
}
REFERENCE_DIRECTIONS = {NUMBERS: NUMBER_DIRECTION, TEXT: TEXT_DIRECTION}
