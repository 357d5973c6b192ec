"""How the county came to this evening: order, emergency, campaigns, their rounds. All through the real operations,
each at its own hour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from lianfang.areas.models import Area
from lianfang.campaigns.models import Campaign, Round
from lianfang.campaigns.operations import campaigns, emergencies, orders
from lianfang.campaigns.operations.rounds import freeze_round
from lianfang.core.clock import at, frozen
from lianfang.core.scope import crossing
from lianfang.demo.staffing import Hired
from lianfang.questions.operations import make_form

UNSIGNED_TOWNSHIP = "430581207"  # 水浸坪乡 has not signed for the order
YEAR = 2026
COMMAND_POST = "武冈市疫情防控指挥部"
DISEASE_CONTROL, HEALTH, SCHOOLS = "市疾控中心", "市卫健局", "市教育局"  # who wants something of the doors
OPENED = at(dt.date(YEAR, 7, 21), 9)
RENEWED = at(dt.date(YEAR, 8, 3), 20)
ORDERED = at(dt.date(YEAR, 8, 3), 21)
FIRST_OPENS = at(dt.date(YEAR, 8, 4), 8)
FIRST_DUE = at(dt.date(YEAR, 8, 5), 21)
SECOND_OPENS = at(dt.date(YEAR, 8, 6), 8)
SECOND_DUE = at(dt.date(YEAR, 8, 8), 12)
SECOND_DUE_EARLY = at(dt.date(YEAR, 8, 7), 20)
WATER_DUE = at(dt.date(YEAR, 8, 9), 18)
LAST_REPORT = at(dt.date(YEAR, 8, 7), 21, 4)
SURVEY_DECLARED = at(dt.date(YEAR, 8, 7), 20, 40)
SURVEY_DUE = at(dt.date(YEAR, 8, 16), 18)
SCHOOLS_DECLARED = at(dt.date(YEAR, 8, 7), 20, 42)
SCHOOLS_DUE = at(dt.date(YEAR, 8, 10), 18)
YOUNGEST_PUPIL, OLDEST_PUPIL = 3, 17

OPENING = orders.OrderText(
    number="武防指发〔2026〕3号",
    issuer=COMMAND_POST,
    title="关于启动武冈市疫情防控应急响应的通知",
    body="经研究并报邵阳市同意，自7月21日9时起启动应急响应。各乡镇（街道）按方案落实值班、排查和报告。",
)
SWEEP = orders.OrderText(
    number="武防指发〔2026〕7号",
    issuer=COMMAND_POST,
    title="关于开展敲门行动的通知",
    body="以今晚在家为底数，户户见面，问清近14天外出返乡情况。第2轮8月8日12:00前完成，不漏一户。入户时一并清查积水。",
    due_at=SECOND_DUE,
)
TERMS = emergencies.EmergencyTerms(
    name="武冈市疫情防控应急响应",
    pathogen="新型冠状病毒",
    legal_basis="《中华人民共和国传染病防治法》《突发公共卫生事件应急条例》；武防指发〔2026〕3号",
    level="Ⅲ级",
)


@dataclass(frozen=True, slots=True)
class Cast:
    """User ids of those who act in the story."""

    county_lead: int
    data_officer: int
    second_data_officer: int
    township: Mapping[str, int]  # lead by township code

    @classmethod
    def of(cls, hired: list[Hired]) -> Cast:
        by_cast = {found.officer.cast: found.user_id for found in hired if found.user_id}
        others = [h.user_id for h in hired if h.officer.role == "data_officer" and not h.officer.cast]
        township: dict[str, int] = {}
        for found in hired:
            if found.officer.role == "township_lead" and found.user_id:
                township.setdefault(found.officer.area_codes[0], found.user_id)
        return cls(by_cast["county_lead"], by_cast["data_officer"], others[0] or 0, township)


@dataclass(frozen=True, slots=True)
class Opened:
    emergency_id: int
    sweep_order_id: int
    school_form: tuple[str, int]


def open_emergency(county: Area, townships: Mapping[str, Area], cast: Cast) -> Opened:
    """The order of 7-21, the emergency, its renewal by two people, and the order for the sweep, signed for by the
    county and all townships but one."""
    with crossing("demo.load", actor_id=None) as scope:
        with frozen(OPENED - dt.timedelta(minutes=30)):
            opening = orders.enter_order(text=OPENING, area=county, scope=scope, by=cast.data_officer)
        with frozen(OPENED):
            emergency = emergencies.open_emergency(
                order_id=opening.pk, terms=TERMS, scope=scope, by=cast.county_lead
            )
        with frozen(RENEWED - dt.timedelta(hours=3)):
            emergencies.request_renewal(
                emergency_id=emergency.pk,
                reason="7月31日后仍有新增病例，最后一例密接的观察期到8月15日",
                scope=scope,
                by=cast.data_officer,
            )
        with frozen(RENEWED):
            emergencies.approve_renewal(emergency_id=emergency.pk, scope=scope, by=cast.county_lead)
        with frozen(ORDERED):
            sweep = orders.enter_order(text=SWEEP, area=county, scope=scope, by=cast.data_officer)
        for order, moment in ((opening, OPENED), (sweep, ORDERED)):
            with frozen(moment + dt.timedelta(minutes=2)):
                orders.sign_order(order_id=order.pk, area=county, scope=scope, by=cast.data_officer)
        for number, (code, lead) in enumerate(sorted(cast.township.items())):
            for order, begin in ((opening, OPENED), (sweep, ORDERED)):
                if order is sweep and code == UNSIGNED_TOWNSHIP:
                    continue
                with frozen(begin + dt.timedelta(minutes=4 + number * 7 % 55)):
                    orders.sign_order(order_id=order.pk, area=townships[code], scope=scope, by=lead)
        with frozen(SCHOOLS_DECLARED - dt.timedelta(minutes=6)):
            form = make_form(
                title="学生家庭摸底",
                purpose="school",
                question_keys=("returned_count", "household_needs"),
                area_path=county.path,
                by=cast.second_data_officer,
            )
        return Opened(emergency.pk, sweep.pk, (form.key, form.version))


def declare_sweep(county: Area, opened: Opened, cast: Cast) -> Round:
    """敲门行动 and its first round, frozen. Needs the register."""
    said = campaigns.Declaration(
        name="敲门行动",
        area=county,
        emergency_id=opened.emergency_id,
        order_id=opened.sweep_order_id,
        due_at=FIRST_DUE,
        base=Campaign.Base.HERE_TONIGHT,
        form=("household_sweep", 1),
        department=COMMAND_POST.removeprefix("武冈"),
    )
    return _declare(said, FIRST_OPENS, by=cast.data_officer)


def open_second_round(first: Round, cast: Cast) -> Round:
    with frozen(SECOND_OPENS), crossing("demo.load", actor_id=None) as scope:
        second = campaigns.open_next_round(
            campaign_id=first.campaign_id, due_at=SECOND_DUE, scope=scope, by=cast.data_officer
        )
        _freeze(second.pk, by=cast.data_officer)
    return read(second.pk)


def declare_water_check(county: Area, opened: Opened, cast: Cast) -> Round:
    said = campaigns.Declaration(
        name="积水清查",
        area=county,
        emergency_id=opened.emergency_id,
        order_id=opened.sweep_order_id,
        due_at=WATER_DUE,
        base=Campaign.Base.LIVING_HERE,
        form=("standing_water", 1),
        department=DISEASE_CONTROL,
        asks_anew="下过雨，积水要重新看",
    )
    return _declare(said, SECOND_OPENS, by=cast.data_officer)


def declare_survey(county: Area, opened: Opened, cast: Cast) -> Round:
    """Declared half an hour ago: everybody of 18 and over, nobody asked yet."""
    said = campaigns.Declaration(
        name="疫苗接种摸底",
        area=county,
        emergency_id=opened.emergency_id,
        due_at=SURVEY_DUE,
        base=Campaign.Base.LIVING_HERE,
        subject=Campaign.Subject.PERSON,
        conditions=({"field": "age", "op": ">=", "value": 18},),
        form=("vaccination_survey", 1),
        department=HEALTH,
        asks_anew="第一次摸底，外出的也要问到",
    )
    return _declare(said, SURVEY_DECLARED, by=cast.second_data_officer)


def declare_school_check(county: Area, opened: Opened, cast: Cast) -> Round:
    """Declared twenty minutes ago, of households with children at school: the sweep has asked most of them already,
    so that it is born largely complete."""
    said = campaigns.Declaration(
        name="学生家庭摸底",
        area=county,
        emergency_id=opened.emergency_id,
        due_at=SCHOOLS_DUE,
        base=Campaign.Base.LIVING_HERE,
        conditions=(
            {"field": "age", "op": ">=", "value": YOUNGEST_PUPIL},
            {"field": "age", "op": "<=", "value": OLDEST_PUPIL},
        ),
        form=opened.school_form,
        department=SCHOOLS,
    )
    return _declare(said, SCHOOLS_DECLARED, by=cast.second_data_officer)


def _declare(said: campaigns.Declaration, moment: dt.datetime, *, by: int) -> Round:
    with frozen(moment), crossing("demo.load", actor_id=None) as scope:
        campaign = campaigns.declare_campaign(said, scope=scope, by=by)
        found = campaign.rounds.get()
        _freeze(found.pk, by=by)
    return read(found.pk)


def _freeze(pk: int, *, by: int) -> None:
    """The visits of the story are judged and written all at once (demo/judging.py)."""
    freeze_round(round_id=pk, by=by, judges_later=True)
    Round.objects.filter(pk=pk).update(judged_to=None, is_meanwhile_judged=True)


def read(pk: int) -> Round:
    return Round.objects.select_related("campaign").get(pk=pk)
