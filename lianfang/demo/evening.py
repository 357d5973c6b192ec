"""What makes an evening: requests to leave the list, doors handed back, households nobody knew, a report from the
wrong village, a correction, records that wait for a person, and calls that nobody answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lianfang.accounts.models import User
from lianfang.accounts.queries import get_actor
from lianfang.areas.models import Area
from lianfang.campaigns.models import Exemption, Reminder, Round, Target, Visit, VisitLine
from lianfang.campaigns.operations import reminders, targets
from lianfang.core import audit
from lianfang.core.clock import at, frozen
from lianfang.core.models import AuditRow
from lianfang.core.scope import Scope, crossing
from lianfang.demo import filling, names, people, places, recording, story
from lianfang.demo.doorsteps import Knock, visit_id
from lianfang.intake.operations import OperationInput, filer, home_of, receive
from lianfang.register.models import Door, Household
from lianfang.reports.models import RecheckSample
from lianfang.reports.operations import closing
from lianfang.workforce.models import Assignment
from lianfang.workforce.queries import worker_of

DAY = dt.date(2026, 8, 7)
DENIED_EVERY = 40  # one request in so many is turned down
FOUND = 6  # households that no list had, in the estate village
HALF_TIME = at(DAY, 10, 5)
CALLS = (at(DAY, 20, 5), at(DAY, 20, 40))  # to villages with doors past their time
SILENT = "430581107221"  # 杨梅村: neither call was answered
UNSIGNED = (SILENT, "430581107222")  # villages of the whole township that have not closed their evening
RECHECKED, RECHECKED_COUNT = "430581107220", 5  # 麻藤村: how many sampled doors were looked at again


@dataclass(frozen=True, slots=True)
class Asked:
    """A visit that asked for its household to leave the list."""

    knock: Knock
    is_pending: bool
    township: str


def decide_exemptions(asked: Sequence[Asked], rounds: Sequence[Round], cast: story.Cast) -> None:
    """Requests of the workers, decided by the township; the pending ones are left for whoever opens the page."""
    rows = [
        _exemption(found, one, index, cast)
        for found in rounds
        for index, one in enumerate(sorted(asked, key=lambda one: one.knock.received_at))
    ]
    with frozen(story.LAST_REPORT), crossing("demo.load", actor_id=None):
        Exemption.objects.bulk_create(rows, batch_size=1000)
        AuditRow.objects.bulk_create(_audit(rows), batch_size=1000)
    recording.settle_at([one.knock.home.id for one in asked], rounds, story.LAST_REPORT)


def _exemption(found: Round, one: Asked, index: int, cast: story.Cast) -> Exemption:
    knock = one.knock
    row = Exemption(
        round_id=found.pk,
        household_id=knock.home.id,
        area_path=knock.home.path,
        reason=knock.outcome,
        note="整组拆迁，房已搬空，附照片" if one.is_pending else None,
        visit_id=knock.id,
        requested_at=knock.received_at,
        requested_by=knock.user_id,
    )
    if not one.is_pending:
        is_denied = index % DENIED_EVERY == DENIED_EVERY - 1
        row.decision = Exemption.Decision.DENIED if is_denied else Exemption.Decision.APPROVED
        row.decided_by = cast.township[one.township]
        row.decided_at = min(knock.received_at + dt.timedelta(hours=2, minutes=index % 50), story.LAST_REPORT)
        row.decision_note = "邻居说晚上有人，请再去一次" if is_denied else ""
    return row


def _audit(rows: Sequence[Exemption]) -> list[AuditRow]:
    found = []
    for row in rows:
        about = {"object_kind": "household", "object_id": str(row.household_id), "area_path": row.area_path}
        found.append(
            AuditRow(at=row.requested_at, actor_id=row.requested_by, action="exemption.request", **about)
        )
        if row.decided_at:
            found.append(
                AuditRow(
                    at=row.decided_at,
                    actor_id=row.decided_by,
                    action="exemption.decide",
                    reason=row.decision_note,
                    detail={"decision": row.decision},
                    **about,
                )
            )
    return found


def tell(second: Round, weaver: people.Weaver) -> None:
    """All of it in the estate village and next to it, where the tour passes."""
    with crossing("demo.load", actor_id=None) as scope:
        village = Area.objects.get(code=places.ESTATE_VILLAGE)
        _find_households(village, weaver)
        _hand_back(second, village)
        _visit_next_door(second, village, weaver)
        _correct(village, weaver)
        _hold(village, weaver)
        _remind(second, scope)


def settle_village(found: Round) -> None:
    """The estate village in a round that was declared after all that `tell` tells of."""
    village = Area.objects.get(code=places.ESTATE_VILLAGE)
    with crossing("demo.load", actor_id=None):
        homes = Household.objects.filter(Scope.over([village.path]).q()).order_by("pk")
        ids = list(homes.values_list("pk", flat=True))
    recording.settle_at(ids, [found], story.SCHOOLS_DECLARED)


def sign_evenings() -> None:
    """日清日结 of the whole township's villages, all but two; and a second look at some doors of one of them."""
    leads = Assignment.objects.filter(
        area__parent__code=places.WHOLE_TOWNSHIP, area__level="village", part="a", ends_at__isnull=True
    ).exclude(area__code__in=UNSIGNED)
    with crossing("demo.load", actor_id=None) as scope:
        for number, lead in enumerate(leads.select_related("area", "worker").order_by("area_path")):
            with frozen(at(DAY, 20, 44 + number)):
                closing.sign_close(area=lead.area, date=DAY, scope=scope, by=lead.worker.user_id or 0)
        inspector = _user("inspector").pk
        samples = RecheckSample.objects.filter(close__area__code=RECHECKED).order_by("pk")
        for number, sample in enumerate(samples[:RECHECKED_COUNT]):
            with frozen(at(DAY, 20, 55 + number)):
                closing.record_recheck(
                    sample_id=sample.pk,
                    agrees=number != RECHECKED_COUNT - 1,
                    note="" if number != RECHECKED_COUNT - 1 else "记“见到”，实为代答",
                    scope=scope,
                    by=inspector,
                )


def _user(cast: str) -> User:
    return User.objects.get(username=f"demo-{cast}")


def _send(cast: str, bodies: Sequence[dict[str, Any]], moment: dt.datetime, weaver: people.Weaver) -> None:
    """As the phone of one of the cast sends it, some minutes after it happened."""
    rng = names.seeded(f"{weaver.seed}/{cast}/{moment}")
    with frozen(moment):
        actor = get_actor(_user(cast))
        given = [
            OperationInput(
                visit_id(happened := body.pop("at", moment - dt.timedelta(minutes=3)), rng),
                "visit",
                happened,
                body,
            )
            for body in bodies
        ]
        receive(given, source="phone", scope=filer(actor).scope, home_path=home_of(actor), by=actor.id)


def _find_households(village: Area, weaver: people.Weaver) -> None:
    """Families of tenants behind doors that stood vacant in the register."""
    rng = names.seeded(f"{weaver.seed}/found")
    vacant = list(
        Door.objects.filter(Scope.over([village.path]).q(), households=None).order_by(
            "area_path", "walk_order"
        )
    )
    known = [door for door in vacant if door.label == "2单元602"]
    chosen = (known + [door for door in vacant if door not in known])[:FOUND]
    worker = _user("grid-worker").pk
    for number, door in enumerate(chosen):
        moment = at(DAY, 9 + number, 17)
        household = Household.objects.create(
            door=door, area_path=door.area_path, reference=f"新增{number + 1}", head_name=""
        )
        couple = [_tenant(household, weaver, rng, is_male) for is_male in (True, False)]
        household.head_name = couple[0].name
        household.save(update_fields=["head_name"])
        filling.fill_persons(couple, {household.pk: door.area_path}, {"household": 0, "person": 0})
        with frozen(moment):
            audit.record("household.add", "household", household.pk, by=worker, path=door.area_path)
            targets.add_found_household(
                household_id=household.pk, scope=Scope.over([village.path]), by=worker
            )
        if number < FOUND - 2:
            lines = [{"person": person.key, "presence": "seen"} for person in couple]
            body = {
                "household": household.pk,
                "channel": "door",
                "outcome": "met",
                "worker": _worker("grid-worker"),
                "lines": lines,
                "answers": {"returned_count": 0, "dwelling_state": "rented", "standing_water": "none"},
            }
            _send("grid-worker", [body], moment + dt.timedelta(minutes=6), weaver)


def _tenant(household: Household, weaver: people.Weaver, rng: Any, is_male: bool) -> people.Person:
    born = dt.date(rng.randrange(1982, 1998), rng.randrange(1, 13), rng.randrange(1, 28))
    return people.Person(
        key=filling.draw_id(filling.Person),
        household_key=household.pk,
        name=names.full_name(rng, names.surname(rng), is_male, born.year, ""),
        sex="male" if is_male else "female",
        birth_on=born,
        id_number=weaver.issuer.id_number("430525", born.toordinal(), is_male),
        phone=weaver.issuer.phone(),
        relation="head" if is_male else "spouse",
        is_registered_here=False,
        is_living_here=True,
        is_here_tonight=True,
        away_place="",
        registered_place="湖南省邵阳市洞口县",
        reference="",
    )


def _worker(cast: str) -> int:
    worker = worker_of(_user(cast).pk)
    if worker is None:
        raise LookupError(cast)
    return worker.pk


def _hand_back(second: Round, village: Area) -> None:
    """The dormitory at the old school, whose contact is out all day, and a sixth floor that another has taken."""
    school = Household.objects.get(door__label="老学堂", door__area__name="4组", door__area__parent=village)
    with frozen(at(DAY, 19, 40)):
        targets.hand_back(
            round_id=second.pk,
            household_ids=[school.pk],
            reason="集体户9人，联系人白天不在，我晚上走不开",
            scope=Scope.over([village.path]),
            by=_user("second-grid-worker").pk,
        )
    climb = Household.objects.get(door__label="2单元601", door__area__name="3栋", head_name="姚炳坤")
    with frozen(at(DAY, 18, 30)):
        given = targets.hand_back(
            round_id=second.pk,
            household_ids=[climb.pk],
            reason="六楼没电梯，脚扭了爬不上去",
            scope=Scope.over([village.path]),
            by=_user("grid-worker").pk,
        )
    with frozen(at(DAY, 18, 42)):
        targets.take_back(
            hand_back_ids=[row.pk for row in given],
            worker_id=_worker("second-grid-worker"),
            scope=Scope.over([village.path]),
            by=_user("village-lead").pk,
        )


def _visit_next_door(second: Round, village: Area, weaver: people.Weaver) -> None:
    """谭小英 of the next village met a family of this one at their relatives': kept, and marked."""
    untouched = Target.objects.filter(
        round_id=second.pk, area_path__startswith=f"{village.path}G07", state="open", attempt_count=0
    ).order_by("household_id")[0]
    household = Household.objects.get(pk=untouched.household_id)
    lines = [
        {"person": person.pk, "presence": "seen" if person.is_here_tonight else "away"}
        | ({} if person.is_here_tonight else {"away_place": person.present_place or "广东省东莞市"})
        for person in household.people.all()
    ]
    body = {
        "household": household.pk,
        "channel": "door",
        "outcome": "met",
        "worker": _worker("neighbour-grid-worker"),
        "lines": lines,
        "answers": {"returned_count": 0, "standing_water": "none"},
    }
    _send("neighbour-grid-worker", [body], at(DAY, 16, 52), weaver)


def _correct(village: Area, weaver: people.Weaver) -> None:
    """Two of 王小红's reports, put right by herself: somebody was answered for, not seen."""
    worker = _worker("grid-worker")
    wrong = Visit.objects.filter(
        worker_id=worker, outcome="met", channel="door", happened_at__gte=at(DAY, 8)
    ).order_by("happened_at")[:2]
    for number, visit in enumerate(wrong):
        lines = list(VisitLine.objects.filter(visit_id=visit.pk).order_by("person_id"))
        seen = [line for line in lines if line.presence == "seen"]
        body = {
            "household": visit.household_id,
            "channel": "door",
            "outcome": "met",
            "worker": worker,
            "at": visit.happened_at,
            "supersedes": str(visit.pk),
            "answers": visit.answers,
            "note": "更正：一人是代答，不是见到",
            "lines": [
                {"person": line.person_id, "presence": line.presence, "answered_by": line.answered_by}
                if line is not seen[-1] or len(seen) < 2
                else {"person": line.person_id, "presence": "answered_for", "answered_by": seen[0].person_id}
                for line in lines
            ],
        }
        _send("grid-worker", [body], at(DAY, 19, 47 + 4 * number), weaver)


def _hold(village: Area, weaver: people.Weaver) -> None:
    """Twelve records that could not be filed: stored, and waiting in 待处理."""
    wanted = Household.objects.filter(Scope.over([village.path]).q()).order_by("pk")
    ids = list(wanted.values_list("pk", flat=True)[:60:5])
    stranger = wanted.reverse()[0].people.all()[0].pk
    met = {"channel": "door", "outcome": "met"}
    flawed: tuple[dict[str, Any], ...] = (
        {**met, "lines": [{"person": stranger, "presence": "seen"}]},
        {"channel": "door", "outcome": "home"},
        {**met, "answers": {"returned_count": 80}},
        {**met, "answers": {"standing_water": "some"}},
    )
    for number, household in enumerate(ids):
        cast = ("grid-worker", "second-grid-worker", "neighbour-grid-worker")[number % 3]
        body = {"household": household, "worker": _worker(cast), **flawed[number % len(flawed)]}
        _send(cast, [body], at(DAY, 9 + number, 41), weaver)


def _remind(second: Round, scope: Scope) -> None:
    """At half time to every village that still owed; after 20:00 to those with doors past their deadline. All
    answered but one."""
    with frozen(HALF_TIME):
        reminders.raise_due_reminders()
    late = (
        Target.objects.filter(round=second, due_at=story.SECOND_DUE_EARLY, state__in=["open", "not_met"])
        .values_list("village_path", flat=True)
        .order_by("village_path")
    )
    counts: dict[str, int] = {}
    for path in late:
        counts[path] = counts.get(path, 0) + 1
    leads = {
        row.area_path: row.worker
        for row in Assignment.objects.filter(area_path__in=counts, part="a").select_related("worker", "area")
    }
    for area in Area.objects.filter(path__in=counts):
        for threshold, moment in zip((90, 100), CALLS, strict=True):
            Reminder.objects.create(
                round=second,
                area=area,
                area_path=area.path,
                threshold=threshold,
                open_count=counts[area.path],
                worker_id=leads[area.path].pk,
                raised_at=moment,
            )
    for number, reminder in enumerate(Reminder.objects.select_related("area").order_by("raised_at", "pk")):
        if reminder.area.code == SILENT and reminder.threshold >= 90:
            continue
        if number % 12 == 11 and reminder.raised_at < CALLS[0]:
            continue  # some never answer
        lead = Assignment.objects.select_related("worker").get(
            area_id=reminder.area_id, part="a", ends_at__isnull=True
        )
        with frozen(reminder.raised_at + dt.timedelta(minutes=3 + number % 9)):
            reminders.acknowledge_reminder(
                reminder_id=reminder.pk, note="收到，正在上门", scope=scope, by=lead.worker.user_id or 0
            )
