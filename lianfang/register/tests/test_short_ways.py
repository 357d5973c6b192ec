"""The short ways of the check, for cells as most are, say the same as the long ones."""

import datetime as dt
import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lianfang.core import keys
from lianfang.core.sealing import TOKEN_BYTES, lookup_token
from lianfang.register import rules
from lianfang.register.rules import identity, texts

TODAY = dt.date(2026, 11, 22)
DIGITS = st.text("0123456789", min_size=17, max_size=17)


@given(DIGITS)
def test_the_sum_in_three_parts_is_the_weighted_sum(digits):
    parts = (
        identity._county_part(digits[:6])
        + identity._day_part(digits[6:14])[0]
        + identity._last_part(digits[14:])
    )
    assert identity.CHECK[parts % 11] == rules.check_digit(digits)


@given(DIGITS, st.integers(0, 10))
def test_an_id_passes_with_its_own_check_digit_only(digits, other):
    region_and_birth = f"430581{1900 + int(digits[0]) * 10:04}0228{digits[:3]}"
    right = rules.check_digit(region_and_birth)
    given_digit = identity.CHECK[other]
    found, code = rules.id_number(region_and_birth + given_digit, TODAY)
    assert (found is not None) == (given_digit == right)
    assert found or code == "register.id_check_digit"


@given(
    st.text("0123456789", min_size=15, max_size=19)
    | st.integers(10**17, 10**18 - 1000).map(lambda number: str(int(float(number))))
)
@example("430581198703123968")
@example("000000000000000001")
def test_what_a_float_can_hold_is_told_by_the_number_itself(number):
    assert rules.may_be_float(number) == (int(float(number)) == int(number))


@given(
    st.text(st.sampled_from("ab1 '-\u3000\u00a0\u200b\ufeff张Ａ１ａ三·㐀𠮷é\t\n（）"), max_size=8),
)
def test_a_cell_that_needs_no_folding_is_what_folding_makes_of_it(cell):
    assert rules.text(cell) == texts._folded(cell)


@pytest.mark.parametrize("surname", ["张", "欧阳", "老", "小"])
@pytest.mark.parametrize(
    "word",
    [
        "老",
        "总",
        "工",
        "婶",
        "伯",
        "叔",
        "姐",
        "哥",
        "嫂",
        "爷",
        "奶",
        "婆",
        "妈",
        "爹",
        "姨",
        "某",
        "某某",
        "师傅",
        "老师",
        "奶奶",
        "爷爷",
        "大爷",
        "大妈",
        "大娘",
        "大伯",
        "阿姨",
        "叔叔",
        "婶婶",
        "嫂子",
        "老板",
        "医生",
        "主任",
        "书记",
        "先生",
        "女士",
        "小姐",
        "氏",
        "家",
        "王",
        "丽华",
    ],
)
def test_every_name_that_people_are_called_by_is_looked_at(surname, word):
    assert (rules.person_name(surname + word)[1] == "register.name_called") == texts._is_called(
        surname + word
    )


def test_a_token_is_the_keyed_digest_of_its_parts():
    long_way = hashlib.blake2b(
        "138\x1f张三".encode(), digest_size=TOKEN_BYTES, key=keys.get("lookup"), person=b"phone_name"
    )
    for _ in range(2):  # the one that is copied stays as it was
        assert lookup_token("phone_name", "138", "张三") == long_way.digest()
