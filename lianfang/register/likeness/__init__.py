"""Are these two the same person? Pure: plain values in, a verdict with its reasons out.

`compare` weighs all that two records say (docs/algorithms/same-person.md); `Blocker` finds for many rows at once whom
to compare them with. Doubles of the register and rows of pushed lists are judged by the same two.
"""

from lianfang.register.likeness.blocking import Blocker
from lianfang.register.likeness.comparing import Likeness, Reason, Subject, Thresholds, choose, compare
from lianfang.register.likeness.frequencies import Frequencies
from lianfang.register.likeness.numbers import id_repairs

__all__ = [
    "Blocker",
    "Frequencies",
    "Likeness",
    "Reason",
    "Subject",
    "Thresholds",
    "choose",
    "compare",
    "id_repairs",
]
