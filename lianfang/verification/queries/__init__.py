"""Every read of the room: one list or row (`finding`), what is known beforehand (`known`), the board (`board`)."""

from lianfang.verification.queries.board import Board, TownLine, board_of, bucket_counts, chase, lists_of
from lianfang.verification.queries.finding import (
    calls_of_person,
    get_list,
    get_row,
    must_run,
    rows_of,
    said_in,
)
from lianfang.verification.queries.known import known_of

__all__ = [
    "Board",
    "TownLine",
    "board_of",
    "bucket_counts",
    "calls_of_person",
    "chase",
    "get_list",
    "get_row",
    "known_of",
    "lists_of",
    "must_run",
    "rows_of",
    "said_in",
]
