"""Identity numbers and phones for people who do not exist.

Numbers follow GB 11643: six digits of area, eight of birth, three of sequence (odd for
men), one check character. Phones use prefixes that are given to machines only, so that
they pass every check of form and ring nobody.
"""

from datetime import date
from functools import cache

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"  # by sum mod 11
# Data-card and internet-of-things blocks of the three carriers: valid as mobile numbers,
# never issued to a person.
MACHINE_PREFIXES = ("141", "144", "146", "148")
SLOTS = 499  # sequences per area, day and sex: 001..997 odd, 002..998 even; a prime
PHONE_STEP = 61_803_399  # coprime with 10**8, so that counting up never repeats a number


def check_character(first17: str) -> str:
    """Return the 18th character for the first seventeen digits."""
    return CHECKS[sum(int(d) * w for d, w in zip(first17, WEIGHTS, strict=True)) % 11]


def _weighted(digits: str, start: int) -> int:
    return sum(int(d) * WEIGHTS[start + i] for i, d in enumerate(digits))


@cache
def _area_sum(prefix: str) -> int:
    return _weighted(prefix, 0)


@cache
def _day(ordinal: int) -> tuple[str, int]:
    text = date.fromordinal(ordinal).strftime("%Y%m%d")
    return text, _weighted(text, 6)


@cache
def _sequence(number: int) -> tuple[str, int]:
    text = f"{number:03d}"
    return text, _weighted(text, 14)


class Issuer:
    """Hands out numbers, each once. One issuer serves one population."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, int, bool], int] = {}
        self._phones = 0

    def id_number(self, prefix: str, birth_ordinal: int, is_male: bool) -> str:
        """Return the next free number of that area, day and sex.

        Raises OverflowError when a day's sequences are used up; at a million people of
        one county the fullest day has some forty.
        """
        key = (prefix, birth_ordinal, is_male)
        count = self._taken.get(key, 0)
        if count >= SLOTS:
            raise OverflowError(f"no sequence left for {prefix} on day {birth_ordinal}")
        self._taken[key] = count + 1
        # Spread over the block: real sequences do not begin at 001 for everybody.
        slot = (count * 187 + birth_ordinal * 31) % SLOTS
        digits, digits_sum = _sequence(2 * slot + (1 if is_male else 2))
        day, day_sum = _day(birth_ordinal)
        return prefix + day + digits + CHECKS[(_area_sum(prefix) + day_sum + digits_sum) % 11]

    def phone(self) -> str:
        """Return the next phone: 11 digits, never twice."""
        self._phones += 1
        count = self._phones
        return f"{MACHINE_PREFIXES[count & 3]}{count * PHONE_STEP % 100_000_000:08d}"
