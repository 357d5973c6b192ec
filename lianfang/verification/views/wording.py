"""Words of the desk for what becomes of a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lianfang.verification.models import PushedRow
from lianfang.verification.queries.desk import Card
from lianfang.verification.rows import Bucket

# bucket → (word, fill of the bar); in the order of the bar: what needs no call first.
BUCKETS: dict[str, tuple[Any, str]] = {
    Bucket.CHECKED: (_("已排查过"), "done"),
    Bucket.DOUBLED: (_("重复"), "done"),
    Bucket.WATCHED: (_("已在管"), "done-2"),
    Bucket.PAST_PERIOD: (_("已过观察期"), "done-2"),
    Bucket.NOT_OURS: (_("不在本地"), "done-3"),
    Bucket.OUT: (_("可派发"), "open"),
    Bucket.DECIDE: (_("像是同一人"), "miss"),
    Bucket.UNROUTABLE: (_("分不下去"), "hold"),
}
USUAL = (Bucket.CHECKED, Bucket.PAST_PERIOD, Bucket.NOT_OURS, Bucket.OUT, Bucket.DECIDE, Bucket.UNROUTABLE)
STATE_KIND: dict[str, str] = {
    PushedRow.State.DECIDING: "hold",
    PushedRow.State.DESK: "hold",
    PushedRow.State.READY: "open",
    PushedRow.State.OUT: "open",
    PushedRow.State.IN_PROGRESS: "now",
    PushedRow.State.ANSWERED: "done",
}


def parts_of(card: Card) -> list[dict[str, Any]]:
    """The buckets as bar and legend show them; what is seldom stands only where there is some of it."""
    return [
        {"key": str(key), "word": word, "kind": kind, "count": card.buckets[key]}
        for key, (word, kind) in BUCKETS.items()
        if key in USUAL or card.buckets[key]
    ]


def bar_of(card: Card) -> list[tuple[int, str, Any]]:
    return [(part["count"], part["kind"], part["word"]) for part in parts_of(card)]


CHASE_AREAS = 20  # named in a chat text; more would not be read


def chase_words(*, number: str, owed: Sequence[tuple[str, int]], due: str, left: str, phone: str) -> str:
    """复制催办: areas, counts, the deadline and the duty phone; nothing else comes in, so no resident is in it."""
    said = gettext("、").join(
        gettext("%(area)s%(count)s条") % {"area": a, "count": n} for a, n in owed[:CHASE_AREAS]
    )
    if len(owed) > CHASE_AREAS:
        said += gettext("等%(count)s处") % {"count": len(owed)}
    words = {"number": number, "count": sum(n for _a, n in owed), "areas": said, "due": due, "left": left}
    text = gettext(
        "【催办】核查名单%(number)s还有%(count)s条没有答复：%(areas)s。%(due)s到期，%(left)s。"
        "一时查不清的先按“在核”回复，写明在哪里、谁负责。"
    )
    return text % words + (gettext("值班电话%(phone)s。") % {"phone": phone} if phone else "")
