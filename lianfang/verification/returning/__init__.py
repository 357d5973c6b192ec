"""The sender's list back in the sender's own layout, with what was found out; the same answers give the same bytes.

Pure: a file and plain values in, a file and plain values out. What stands in a returned list is written for the sender,
always in Chinese, whatever language the clerk reads.
"""

from lianfang.verification.returning.answered import RESULTS, TITLES, Answered
from lianfang.verification.returning.counting import Counts
from lianfang.verification.returning.filling import Returned, fill
from lianfang.verification.returning.letter import write_letter
from lianfang.verification.returning.summary import About, write_summary

__all__ = [
    "RESULTS",
    "TITLES",
    "About",
    "Answered",
    "Counts",
    "Returned",
    "fill",
    "write_letter",
    "write_summary",
]
