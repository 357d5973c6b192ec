"""The head of a pack: what explains its doors, and is the same for all of them. What the clock changes is here."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes, said
from lianfang.areas.rules import RANK
from lianfang.campaigns.models import Round, Target
from lianfang.campaigns.queries.asking import Asked, AskingSets, asked_together
from lianfang.campaigns.queries.windows import Taken, taken_by, with_forms
from lianfang.campaigns.rules import ATTEMPTS_BEFORE_NOT_REACHED
from lianfang.core.scope import Scope
from lianfang.questions.queries import definitions_of
from lianfang.questions.rules import QuestionDefinition
from lianfang.sync.packs.doors import instant, set_id
from lianfang.sync.packs.places import Place
from lianfang.verification.rules import MEASURES, NIGHT_BEGINS, NIGHT_ENDS
from lianfang.workforce.models import Worker
from lianfang.workforce.queries import answering_in

LATE_HOUR = "21:00"  # from then on a door is rung before it is knocked at
_BASES = {"registered": "registered", "living_here": "living", "here_tonight": "tonight"}
_STEP = dt.timedelta(minutes=15)
_SENT = ("exclusive", "range", "unit")  # of a question's definition as it is, where it has them


def running_here(scope: Scope, now: dt.datetime) -> dict[int, Taken]:
    """The rounds that run at these doors, what is due first before the others. One statement, and one a form that
    this process has not read yet."""
    here = Target.objects.filter(scope.q(), round_id=OuterRef("pk"))
    rounds = Round.objects.filter(Exists(here), opens_at__lte=now, closed_at__isnull=True)
    found = list(with_forms(rounds).order_by("due_at", "pk"))
    return taken_by(found, as_of(now))


def as_of(now: dt.datetime) -> dt.datetime:
    """Answers grow stale by the quarter of an hour, not by the second: a head that changed with each pull would be
    sent with each pull."""
    return now - (now - dt.datetime.min.replace(tzinfo=dt.UTC)) % _STEP


def round_key(taken: Taken) -> str:
    """What of a round decides about a door: which it is, and whom of a household it asks."""
    return f"{taken.round.pk}{taken.round.campaign.base[0]}"


AskedSet = tuple[str, tuple[int, ...]]  # a household or a person, and the rounds that ask it, in their order


def sets_wanted(sets: AskingSets) -> frozenset[AskedSet]:
    """Every set of rounds that asks a household or somebody of this pack. Somebody who is in no register yet is asked
    what all rounds of the door ask."""
    doors = {(), *sets.doors.values()}
    people = {rounds for found in sets.people.values() for rounds in found.values()}
    return frozenset(
        {("household", rounds) for rounds in doors} | {("person", rounds) for rounds in doors | people}
    )


def head_of(
    place: Place,
    running: Mapping[int, Taken],
    wanted: Iterable[AskedSet],
    *,
    server_key: Mapping[str, str],
    works_until: dt.datetime | None,
) -> dict[str, Any]:
    asked = {
        set_id(about, rounds): asked_together(about, [running[pk] for pk in rounds])
        for about, rounds in wanted
    }
    return {
        "me": {
            "user": place.actor.id,
            "worker": place.worker.pk if place.worker else None,
            "name": place.actor.user.name,
            "title": place.actor.role_name,
            "duty_phone": settings.DUTY_PHONE,
            "works_until": instant(works_until) if works_until else None,
        },
        "server_key": dict(server_key),
        "areas": _areas(place.scope),
        "chain": _chain(place.scope),
        "rounds": [_round(taken) for taken in running.values()],
        "asks": {key: [_ask(one) for one in asked[key]] for key in sorted(asked)},
        "questions": _questions({one.question for every in asked.values() for one in every}),
        "rules": {
            "attempts": ATTEMPTS_BEFORE_NOT_REACHED,
            "late_hour": LATE_HOUR,
            "night": [NIGHT_BEGINS, NIGHT_ENDS],
            "measures": list(MEASURES),
        },
    }


def head_id(head: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest()[:16]


def _ask(asked: Asked) -> dict[str, Any]:
    return {
        "q": f"{asked.question.key}@{asked.question.version}",
        "required": asked.is_required,
        "conditions": [list(pair) for pair in asked.conditions],
        "rounds": list(asked.rounds),
        "departments": list(asked.departments),
        "since": instant(asked.since),
    }


def _questions(asked: set[QuestionDefinition]) -> dict[str, Any]:
    """As contract/questions has them, in both languages."""
    found = definitions_of((question.key, question.version) for question in asked)
    return {f"{key}@{version}": _question(found[key, version]) for key, version in sorted(found)}


def _question(raw: Mapping[str, Any]) -> dict[str, Any]:
    chinese = raw["label"]["zh-Hans"]
    question = {
        "key": raw["key"],
        "version": raw["version"],
        "about": raw["about"],
        "type": raw["type"],
        "privacy": raw["privacy"],
        "label": {"zh-Hans": chinese, "en": raw["label"].get("en") or chinese},
        "proxy_allowed": raw.get("proxy_allowed", True),
        **{name: raw[name] for name in _SENT if name in raw},
    }
    if raw.get("choices"):
        question["choices"] = [[choice[0], choice[1], choice[-1]] for choice in raw["choices"]]
    return question


def _round(taken: Taken) -> dict[str, Any]:
    found, campaign = taken.round, taken.round.campaign
    return {
        "id": found.pk,
        "title": campaign.name,
        "short": campaign.wanted_by,
        "department": campaign.department,
        "number": found.number,
        "opens_at": instant(found.opens_at),
        "due_at": instant(found.due_at),
        "purpose": campaign.purpose,
        "base": _BASES[campaign.base],
        "proxy_allowed": taken.form.proxy_allowed,
    }


def _areas(scope: Scope) -> list[dict[str, Any]]:
    """All below, and those above up to the village."""
    above = {step for low, _high in scope.ranges for step in prefixes(low)}
    found = list(
        Area.objects.filter(scope.q("path") | Q(path__in=above), valid_to__isnull=True).order_by("path")
    )
    by_path = {area.path: area for area in found if RANK[area.level] >= RANK["village"]}
    return [
        {
            "id": area.pk,
            "parent": area.parent_id if area.path[: area.path[:-1].rfind(".") + 1] in by_path else None,
            "name": area.name,
            "level": area.level,
            "order": area.walk_order,
            "full_name": "".join(
                one.name for one in said(by_path[step] for step in prefixes(area.path) if step in by_path)
            ),
        }
        for area in by_path.values()
    ]


def _chain(scope: Scope) -> list[dict[str, Any]]:
    """Whom one may ring about these areas. The number is dialled, never shown."""
    answering = answering_in(scope)
    numbers = dict(
        Worker.objects.filter(pk__in={found.worker_id for found in answering}).values_list("pk", "phone")
    )
    return [
        {
            "area": found.area_id,
            "name": found.name,
            "title": found.title,
            "level": found.area_level,
            "part": found.part,
            "worker": found.worker_id,
            "phone": numbers[found.worker_id] or None,
        }
        for found in answering
    ]
