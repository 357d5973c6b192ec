"""What changes a household, each a dated event: moved in or out, born, died, split, joined, a new head, and what was
wrong taken back.

Every operation is idempotent on `Told.key`, checks the actor's own areas, and then reaches across them (`crossing`):
whoever moves leaves one village and comes to another. It returns what changed; the lists of running rounds follow in
`campaigns/operations/following.py`.
"""

from lianfang.register.life.correcting import cancel_event, note_lines, withdraw_lines
from lianfang.register.life.families import (
    change_head,
    join_households,
    note_birth,
    note_death,
    split_household,
)
from lianfang.register.life.moving import Newcomer, move_in, move_out
from lianfang.register.life.recording import Change, Told, Whereto

__all__ = [
    "Change",
    "Newcomer",
    "Told",
    "Whereto",
    "cancel_event",
    "change_head",
    "join_households",
    "move_in",
    "move_out",
    "note_birth",
    "note_death",
    "note_lines",
    "split_household",
    "withdraw_lines",
]
