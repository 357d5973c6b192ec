from datetime import date

import pytest

from lianfang.demo.identity import MACHINE_PREFIXES, SLOTS, Issuer, check_character

BORN = date(1990, 3, 7).toordinal()


def test_a_published_example_has_its_check_character():
    # The examples printed in GB 11643-1999.
    assert check_character("11010519491231002") == "X"
    assert check_character("44052418800101001") == "4"


def test_every_check_character_satisfies_iso_7064():
    """MOD 11-2 said the other way round: weighted by powers of two, the whole is 1 modulo 11."""
    seen = set()
    for serial in range(500):
        number = f"43058119900307{serial:03d}"
        number += check_character(number)
        values = [10 if digit == "X" else int(digit) for digit in number]
        assert sum(value * pow(2, 17 - place, 11) for place, value in enumerate(values)) % 11 == 1
        seen.add(number[17])
    assert len(seen) == 11


def test_a_day_never_gives_a_number_twice_and_says_when_it_is_full():
    issuer = Issuer()
    numbers = [issuer.id_number("430581", BORN, True) for _ in range(SLOTS)]
    assert len(set(numbers)) == SLOTS
    assert all(number[17] == check_character(number[:17]) for number in numbers)
    assert all(int(number[16]) % 2 == 1 for number in numbers)
    assert {number[:14] for number in numbers} == {"43058119900307"}
    with pytest.raises(OverflowError):
        issuer.id_number("430581", BORN, True)


def test_women_have_even_sequences_and_never_000():
    issuer = Issuer()
    sequences = [issuer.id_number("430581", BORN, False)[14:17] for _ in range(SLOTS)]
    assert "000" not in sequences
    assert all(int(s) % 2 == 0 for s in sequences)


def test_phones_never_repeat_and_ring_nobody():
    issuer = Issuer()
    phones = [issuer.phone() for _ in range(50_000)]
    assert len(set(phones)) == len(phones)
    assert all(len(p) == 11 and p.isdigit() and p[:3] in MACHINE_PREFIXES for p in phones)
