"""The books of an evening in words: which ledger, what it counts, and what it says when it does not balance."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from lianfang.campaigns.models import Round
from lianfang.core.desk_format import Ledger, LedgerPart, counts_ledger
from lianfang.reports import rules, wording
from lianfang.reports.queries.closing import ClosePage
from lianfang.reports.queries.ledgers import PeopleCount


@dataclass(frozen=True, slots=True)
class NamedBook(rules.Book):
    title: str = ""
    unit: str = ""
    meaning: str = ""  # 口径
    round: Round | None = None
    kind: str = ""  # households, people, records

    @property
    def said(self) -> str:
        """7,573 = 6,897+110+179+387; what is counted stands in the order of the words."""
        if self.ledger is None:
            return ""
        sign = "=" if self.is_balanced else "≠"
        return f"{self.ledger.total.value:,} {sign} " + "+".join(
            f"{part.value:,}" for part in self.ledger.parts
        )

    @property
    def words(self) -> str:
        if self.ledger is None:
            return ""
        parts = " + ".join(part.label for part in self.ledger.parts)
        return f"{self.ledger.total.label} = {parts}"


def books_of(page: ClosePage) -> list[NamedBook]:
    """Every ledger of the evening, those that do not balance first."""
    books = []
    for found in page.rounds:
        books.append(_list_book(page, found))
        if found.campaign.subject == "household":
            books.append(_people_book(page, found))
    if page.rounds:
        books.append(_record_book(page))
    return sorted(books, key=lambda book: (book.ledger is None or book.is_balanced, book.ledger is None))


def _list_book(page: ClosePage, found: Round) -> NamedBook:
    """The named list against the kept counters. The page of a township counts the list again for every look."""
    counts = page.equations[found.pk]
    check = page.check(found)
    ledger = counts_ledger(counts)
    if check.differences or check.lost_count:
        listed = (
            counts.due
            + check.lost_count
            + sum(one.named - one.kept for one in check.differences if one.state in rules.STATES)
        )
        ledger = Ledger(LedgerPart("due", _("名单里"), listed), ledger.parts)
    return NamedBook(
        key=f"list-{found.pk}",
        ledger=ledger,
        differences=check.differences,
        lost_count=check.lost_count,
        title=wording.work_name(found.campaign.name, found.number),
        unit=wording.unit(found.campaign),
        meaning=_("冻结底数的名单，逐户对计数"),
        round=found,
        kind="households",
    )


def _people_book(page: ClosePage, found: Round) -> NamedBook:
    people = page.people(found)
    return NamedBook(
        key=f"people-{found.pk}",
        ledger=people_ledger(people) if people else None,
        title=_("%(work)s 见人") % {"work": wording.work_name(found.campaign.name, found.number)},
        unit=_("人"),
        meaning=_("底数户里的%(base)s人口，每人都要有去处") % {"base": found.campaign.get_base_display()},
        round=found,
        kind="people",
    )


def people_ledger(people: PeopleCount) -> Ledger:
    words = people_words()
    return Ledger(
        LedgerPart("total", _("应见人数"), people.total),
        tuple(LedgerPart(name, words[name], getattr(people, name)) for name in words),
    )


def people_words() -> dict[str, str]:
    return {
        "seen": _("见到"),
        "answered_for": _("代答"),
        "away": _("外出"),
        "left": _("搬走去世"),
        "exempt": _("核减户"),
        "missing": _("还没见到"),
    }


def _record_book(page: ClosePage) -> NamedBook:
    """Records that came in today: all that was received is filed, or waits for somebody."""
    records = page.evening.records
    return NamedBook(
        key="records",
        ledger=Ledger(
            LedgerPart("total", _("收到记录"), records.total),
            (
                LedgerPart("filed", _("已入账"), records.filed),
                LedgerPart("waiting", _("待处理"), records.waiting),
                LedgerPart("replaced", _("已改正"), records.replaced),
                LedgerPart("set_aside", _("已退回"), records.set_aside),
            ),
        ),
        title=_("今天收到的记录"),
        unit=_("条"),
        meaning=_("手机、电脑、表格交来的，一条不丢"),
        kind="records",
    )
