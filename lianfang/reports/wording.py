"""How rows of the kernel are said on the desk: what was tried at a door, what a number means, what goes into a chat.

Pure but for gettext; a text that leaves the desk never carries a resident.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby

from django.utils.translation import gettext as _

from lianfang.areas.models import Area
from lianfang.campaigns.models import Campaign
from lianfang.campaigns.models.visits import Outcome, Presence
from lianfang.campaigns.queries.targets import Attempt, TargetRow
from lianfang.core.desk_format import night

STATE_KIND = {"done": "done", "exempt": "off", "not_met": "miss", "open": "open"}
CHASED = frozenset({"overdue", "missing", "open", "not_met"})  # numbers that somebody can be urged about


def show_word(show: str) -> str:
    """The word of a number as the equation says it."""
    return {
        "due": _("应排查"),
        "done": _("已排查"),
        "exempt": _("核减"),
        "not_met": _("未见到"),
        "open": _("待排查"),
        "missing": _("还差"),
        "overdue": _("逾期"),
        "born": _("已有回答"),
        "found": _("现场新增"),
    }[show]


def meaning(show: str, due_at: dt.datetime | None, now: dt.datetime) -> str:
    """口径: one sentence on who is counted. `due_at`: the deadline they share, None when they have several."""
    missed = night(due_at, now) if due_at else _("各自截止时间")
    return {
        "due": _("冻结底数里的全部。"),
        "done": _("该见的人都见到或问到，必填项都已填。"),
        "exempt": _("申请后由另一人批准核减的。"),
        "not_met": _("去过或打过电话，没见到或没问全，有原因。"),
        "open": _("还没有人去过，也没打过电话。"),
        "missing": _("待排查和未见到的，尚未核减。"),
        "overdue": _("%(due)s前该见到而未见到，尚未核减。") % {"due": missed},
        "born": _("这一轮开始前的上门已经答过、还新鲜的，算已排查，不用再问。"),
        "found": _("不在底数里、上门时新发现的，另列。"),
    }[show]


def unit(campaign: Campaign) -> str:
    return _("人") if campaign.subject == Campaign.Subject.PERSON else _("户")


def reason_word(reason: str) -> str:
    """A reason code in words; '' stays ''."""
    own = {
        "partly": _("还有人没见到"),
        "unanswered": _("没问全"),
        "not_met": _("未见到"),
        "stale": _("过期重问"),
        "list_corrected": _("名单核实结果更正"),
    }
    if reason in own:
        return own[reason]
    return str(Outcome(reason).label) if reason in Outcome.values else reason


def tried(attempts: Sequence[Attempt], attempt_count: int, now: dt.datetime) -> str:
    """昨天19:40、今天12:10 无人应门; 还没去过."""
    if not attempts:
        return _("还没去过")
    parts = []
    for outcome, same in groupby(attempts, key=lambda attempt: attempt.outcome):
        times = _("、").join(night(attempt.happened_at, now) for attempt in same)
        parts.append(f"{times} {Outcome(outcome).label}")
    said = _("，").join(parts)
    if attempt_count > len(attempts):
        return _("共%(count)d次，最近：%(said)s") % {"count": attempt_count, "said": said}
    return said


def row_note(row: TargetRow, now: dt.datetime) -> str:
    """The second line of a name: what was tried, what is still wrong, what is asked for."""
    said = [tried(row.attempts, row.attempt_count, now)]
    if row.state == "not_met" and row.reason in ("partly", "unanswered"):
        said.append(reason_word(row.reason))
    if row.state == "open" and row.reason:
        said.append(reason_word(row.reason))
    if row.born_at:
        told = {"time": night(row.born_at, now), "name": row.born_by}
        said = [_("%(time)s %(name)s 上门时已答") % told, *(said if row.attempts else [])]
    if row.state == "exempt":
        said = [_("已核减"), *(said if row.attempts else [])]
    if row.exemption_id:
        said.append(_("已申请核减（%(reason)s），待审") % {"reason": reason_word(row.exemption_reason)})
    return _("，").join(said)


def size_word(row: TargetRow) -> str:
    if row.is_unnamed:
        return ""
    if row.is_collective:
        return _("%(count)d人 集体户") % {"count": row.people_count}
    if row.people_count == 1:
        return _("1人 独居")
    return _("%(count)d人") % {"count": row.people_count}


def work_name(campaign_name: str, round_number: int) -> str:
    return _("%(campaign)s 第%(number)d轮") % {"campaign": campaign_name, "number": round_number}


def children_word(children: Iterable[Area]) -> str:
    """What the rows of a table are: 村、社区; 组、网格、楼栋."""
    return children_word_of(child.level for child in children)


def children_word_of(levels: Iterable[str]) -> str:
    words = {
        "province": _("省"),
        "prefecture": _("市"),
        "county": _("县、区"),
        "township": _("乡镇、街道"),
        "village": _("村、社区"),
        "section": _("片区"),
        "estate": _("小区"),
        "grid": _("网格"),
        "group": _("组"),
        "building": _("楼栋"),
    }
    return _("、").join(dict.fromkeys(words[level] for level in levels))


def ways_word(ways: Iterable[str]) -> str:
    """怎么去: codes of `rules.ways` in words."""
    words = {
        "promised_morning": _("约好上午上门"),
        "promised_noon": _("约好中午上门"),
        "promised_afternoon": _("约好下午上门"),
        "promised_evening": _("约好傍晚上门"),
        "phone_early": _("明早7:30前电话"),
        "evening": _("傍晚18:00后上门"),
        "morning": _("上午上门"),
    }
    return _("，").join(words[way] for way in ways)


def presence_words() -> dict[str, str]:
    return {value: str(label) for value, label in Presence.choices}
