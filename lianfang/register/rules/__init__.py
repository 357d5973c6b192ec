"""Cells of a register sheet: cleaned, checked, never guessed. Pure.

Each reader returns a pair: the value (None or "" when there is none) and the code of what is wrong (None when
nothing is). A cell is str, int, float, bool or None as `reading` delivers it; a whole number too long for a
spreadsheet arrives as float, and its last digits are lost already.
"""

from lianfang.register.rules.days import age_on, birth_day, report_day
from lianfang.register.rules.identity import (
    check_digit,
    ends_in_zeros,
    folded_id,
    id_birth,
    id_number,
    id_sex,
    masked_id,
    may_be_float,
)
from lianfang.register.rules.phones import masked_phone, phone, phones
from lianfang.register.rules.texts import (
    COMPOUND,
    NOTHING,
    SURNAMES,
    Cell,
    is_ditto,
    is_error,
    name_note,
    person_name,
    text,
    words,
)
from lianfang.register.rules.values import (
    collective_kind,
    count,
    doses,
    household_kind,
    is_relation,
    is_unnamed,
    is_vacant,
    relation,
    sex,
    yes_no,
)

__all__ = [
    "COMPOUND",
    "NOTHING",
    "SURNAMES",
    "Cell",
    "age_on",
    "birth_day",
    "check_digit",
    "collective_kind",
    "count",
    "doses",
    "ends_in_zeros",
    "folded_id",
    "household_kind",
    "id_birth",
    "id_number",
    "id_sex",
    "is_ditto",
    "is_error",
    "is_relation",
    "is_unnamed",
    "is_vacant",
    "masked_id",
    "masked_phone",
    "may_be_float",
    "name_note",
    "person_name",
    "phone",
    "phones",
    "relation",
    "report_day",
    "sex",
    "text",
    "words",
    "yes_no",
]
