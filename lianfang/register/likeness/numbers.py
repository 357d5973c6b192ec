"""Ids and phones that are not quite equal. Pure; takes what a cell says, valid or damaged."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from lianfang.register.rules import check_digit
from lianfang.register.rules.identity import CHECK, WEIGHTS

LENGTH = 18
_WHOLE = 15  # digits that a spreadsheet keeps of a number


@lru_cache(maxsize=200_000)
def is_valid_id(number: str) -> bool:
    return (
        len(number) == LENGTH
        and number.isascii()
        and number[:17].isdigit()
        and check_digit(number[:17]) == number[17]
    )


@lru_cache(maxsize=20_000)
def cleaned_id(text: str) -> str:
    """Digits, X and * only; the old 15 digits as 18."""
    plain = text.upper().replace("＊", "*").replace("×", "X")
    plain = "".join(c for c in plain if c.isdigit() or c in "X*")
    if "*" not in plain and len(plain) == _WHOLE and plain.isdigit():
        longer = plain[:6] + "19" + plain[6:]
        return longer + check_digit(longer)
    return plain


def compare_ids(a: str, b: str) -> tuple[str, float]:
    """Two ids as cleaned_id gives them → (level, chance that another person's id agrees as well).

    Levels: equal, slip (one digit replaced, lost or added, two neighbours swapped), wreck (a spreadsheet lost the last
    digits), masked (what is shown agrees), masked_other (it does not), near (both valid, two digits apart), other
    (both valid), unlike (one is damaged beyond a slip).
    """
    if a == b:
        return "equal", 1e-9
    if "*" in a or "*" in b:
        return _masked(a, b)
    a_valid, b_valid = is_valid_id(a), is_valid_id(b)
    if a_valid and b_valid:
        if b in _wrecks(a) or a in _wrecks(b):
            return "wreck", 1e-6
        return ("near" if _near(a, b) else "other"), 1.0
    if is_one_slip(a, b):
        return "slip", 1e-8
    if (a_valid and b in _wrecks(a)) or (b_valid and a in _wrecks(b)):
        return "wreck", 1e-6
    if len(a) >= 14 and len(b) >= 14 and a[:14] == b[:14]:
        return "wreck", 1e-5  # region and birth agree, the rest is damaged
    return "unlike", 1.0


def is_one_slip(a: str, b: str) -> bool:
    """One character replaced, lost or added, or two neighbours swapped."""
    if len(a) == len(b):
        apart = [n for n, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
        if len(apart) == 1:
            return True
        if len(apart) == 2 and apart[1] == apart[0] + 1:
            n = apart[0]
            return a[n] == b[n + 1] and a[n + 1] == b[n]
        return False
    if len(a) > len(b):
        a, b = b, a
    if len(b) != len(a) + 1:
        return False
    n = 0
    while n < len(a) and a[n] == b[n]:
        n += 1
    return a[n:] == b[n + 1 :]


def _near(a: str, b: str) -> bool:
    """Somebody wrote a wrong digit and a check digit to go with it; or twins, who are numbered one after the other."""
    return sum(x != y for x, y in zip(a[:17], b[:17], strict=True)) == 1


@lru_cache(maxsize=20_000)
def _wrecks(number: str) -> tuple[str, ...]:
    """What spreadsheets and programs make of an id that was kept as a number: the last digits are gone."""
    if not number[:17].isdigit() or len(number) != LENGTH:
        return ()
    cut = number[:_WHOLE] + "000"
    made = {cut, str(int(float(cut)))}
    if number.isdigit():
        made.add(str(int(float(number))))
    return tuple(made - {number})


def _masked(a: str, b: str) -> tuple[str, float]:
    if len(a) != len(b):
        a, b = _aligned(a, b)
        if not a:
            return "unlike", 1.0
    shown = [n for n, (x, y) in enumerate(zip(a, b, strict=True)) if x != "*" and y != "*"]
    if not shown:
        return "unlike", 1.0
    if any(a[n] != b[n] for n in shown):
        return "masked_other", 1.0
    chance, seen = 1.0, set(shown)
    if seen & set(range(6)):
        chance *= 0.3  # most people of a county were registered there
    if {6, 7, 8, 9} <= seen:
        chance /= 60
    elif {8, 9} <= seen:
        chance /= 40
    if {10, 11} <= seen:
        chance /= 12
    if {12, 13} <= seen:
        chance /= 30
    chance /= 10 ** len(seen & {14, 15, 16})
    if 17 in seen and len(seen) < LENGTH:
        chance /= 11
    return "masked", max(chance, 1e-8)


def _aligned(a: str, b: str) -> tuple[str, str]:
    """A mask is often written with the wrong number of stars: 4305****4518."""
    if "*" in a and "*" in b:
        return "", ""
    masked, whole = (a, b) if "*" in a else (b, a)
    head, tail = masked.split("*", 1)[0], masked.rsplit("*", 1)[1]
    if len(head) + len(tail) >= len(whole) or len(head) + len(tail) < 4:
        return "", ""
    return head + "*" * (len(whole) - len(head) - len(tail)) + tail, whole


def id_repairs(damaged: str) -> list[str]:
    """Valid ids from which this one differs by one slip: for looking up only, never to be written anywhere."""
    number = cleaned_id(damaged)
    if is_valid_id(number) or "*" in number:
        return []
    tries: set[str] = set()
    if len(number) == LENGTH:
        tries.update(_replaced(number))
        tries.update(number[:n] + number[n + 1] + number[n] + number[n + 2 :] for n in range(LENGTH - 1))
    elif len(number) == LENGTH - 1:
        tries.update(number[:n] + c + number[n:] for n in range(LENGTH) for c in "0123456789")
        tries.add(number + "X")
    elif len(number) == LENGTH + 1:
        tries.update(number[:n] + number[n + 1 :] for n in range(LENGTH + 1))
    return sorted(each for each in tries if _is_a_day(each) and _checks(each))


def _replaced(number: str) -> Iterator[str]:
    """With one character replaced so that the check digit holds: at each place at most one digit does."""
    body, last = number[:17], number[17]
    if not (number.isascii() and body.isdigit()):
        strange = [n for n, c in enumerate(body) if not c.isdigit()]
        for n in strange[:1]:
            yield from (number[:n] + digit + number[n + 1 :] for digit in "0123456789")
        return
    yield body + check_digit(body)
    missing = CHECK.find(last) - CHECK.find(check_digit(body))
    for n, (c, weight) in enumerate(zip(body, WEIGHTS, strict=True)):
        was = int(c)
        for digit in range(10):
            if (digit - was) * weight % 11 == missing % 11:
                yield f"{number[:n]}{digit}{number[n + 1 :]}"


def _checks(number: str) -> bool:
    """As `is_valid_id`, of numbers that nobody wrote: what is remembered is left to those that somebody did."""
    return number.isascii() and number[:17].isdigit() and check_digit(number[:17]) == number[17]


def _is_a_day(number: str) -> bool:
    return (
        "1880" <= number[6:10] <= "2099" and "01" <= number[10:12] <= "12" and "01" <= number[12:14] <= "31"
    )


# ---------- phones ----------

END = 4  # digits of a phone that a lookup token holds with the name


def phone_ends(phone: str) -> list[str]:
    """The last four digits of the phones from which this one may differ by one slip, its own first. A mask that shows
    them is as good."""
    end = phone[-END:]
    if len(phone) < 7 or not end.isdigit():
        return []
    found = {end: None}
    if "*" in phone:
        return [end]
    if len(phone) == 11:
        for n in range(END):
            found |= dict.fromkeys(end[:n] + digit + end[n + 1 :] for digit in "0123456789")
            if n + 1 < END:
                found[end[:n] + end[n + 1] + end[n] + end[n + 2 :]] = None
    elif len(phone) == 10:  # one was lost: among the last four, or before them
        found |= dict.fromkeys(
            end[1 : n + 1] + digit + end[n + 1 :] for n in range(END) for digit in "0123456789"
        )
    elif len(phone) == 12:  # one too many
        last = phone[-END - 1 :]
        found |= dict.fromkeys(last[:n] + last[n + 1 :] for n in range(END + 1))
    return list(found)


def compare_phones(mine: Collection[str], theirs: Collection[str]) -> str:
    """equal, slip, masked (what is shown agrees), other, or "" when one side has none."""
    if not mine or not theirs:
        return ""
    best = "other"
    for a in mine:
        for b in theirs:
            if a == b:
                return "equal"
            if "*" in a or "*" in b:
                if len(a) == len(b) and all(x == y or "*" in (x, y) for x, y in zip(a, b, strict=True)):
                    best = "masked" if best == "other" else best
            elif len(a) + len(b) >= 14 and is_one_slip(a, b):
                best = "slip"
    return best
