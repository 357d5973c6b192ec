"""What running rounds make of it when two rows of the register become one person, and when that is undone.

The list of a round is frozen, so a target is never taken off it: of two targets of one person, one leaves the
denominator as a double (核减, 重复登记). The register found the pair and a person decided it: that makes the two whom
an exemption needs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from lianfang.areas.models import Area
from lianfang.areas.queries import prefixes
from lianfang.campaigns.models import Exemption, Round, Target
from lianfang.campaigns.operations.following import carry_merged, part_merged, places_of
from lianfang.campaigns.operations.settling import settle
from lianfang.campaigns.operations.targets import OWED, add_targets, take_off
from lianfang.core import audit
from lianfang.core.arrays import literal
from lianfang.core.clock import now
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.core.sealing import seal_bytes, unseal_json
from lianfang.register.doubles import merging as register
from lianfang.register.models import Double, Household, Merge, Person

FOUND_BY_REGISTER = 0  # who asked: no account has this number
DOUBLE = "duplicate"
PURPOSE = "merge.followed"


@transaction.atomic
def merge_people(*, keep_id: int, drop_id: int, take: Collection[str] | None, scope: Scope, by: int) -> Merge:
    """Merge two rows of the register (`register/doubles/merging.py`) with all that hangs on them."""
    merge = register.merge_people(keep_id=keep_id, drop_id=drop_id, take=take, scope=scope, by=by)
    facts = _carry_facts(merge)
    followed = {"facts": facts, **_settle_targets(merge, by)}
    carry_merged(merge.kept_id, _running_rounds(_households(merge)), by=by)
    merge.followed = seal_bytes(json.dumps(followed).encode(), key="register", purpose=PURPOSE)
    merge.save(update_fields=["followed"])
    return merge


@transaction.atomic
def merge_double(
    *, double_id: int, keep_id: int, take: Collection[str] | None, scope: Scope, by: int
) -> Merge:
    """Merge a found pair; `keep_id` is the one of the two whose row goes on."""
    double = register.get_double(scope, double_id)
    pair = {double.person_a_id, double.person_b_id}
    if double.state != Double.State.OPEN:
        raise Problem("register.double_decided")
    if keep_id not in pair:
        raise Problem("register.not_two")
    (drop_id,) = pair - {keep_id}
    return merge_people(keep_id=keep_id, drop_id=drop_id, take=take, scope=scope, by=by)


@transaction.atomic
def undo_merge(*, merge_id: int, scope: Scope, by: int) -> Merge:
    merge = register.undo_merge(merge_id=merge_id, scope=scope, by=by)
    followed = unseal_json(merge.followed, purpose=PURPOSE) if merge.followed else {}
    _return_facts(merge, followed.get("facts", []))
    part_merged(merge, by=by)
    for key in followed.get("added", []):
        take_off(*key)
    made = Exemption.objects.filter(pk__in=followed.get("exemptions", []))
    # Where the exempted targets stand: one of the two may live elsewhere by now.
    homes = sorted({*_households(merge), *made.values_list("household_id", flat=True)})
    made.filter(decision=Exemption.Decision.APPROVED).update(
        decision=Exemption.Decision.DENIED, decided_at=now(), decision_note="undo_merge"
    )
    settle(homes, _running_rounds(homes))
    return merge


# ---------- targets ----------


def _households(merge: Merge) -> list[int]:
    people = Person.objects.filter(pk__in=[merge.kept_id, merge.dropped_id])
    return sorted(set(people.values_list("household_id", flat=True)))


def _running_rounds(household_ids: Collection[int]) -> list[Round]:
    running = Round.objects.filter(
        frozen_at__isnull=False, closed_at__isnull=True, campaign__emergency__ended_at__isnull=True
    ).select_related("campaign")
    with_targets = Target.objects.filter(round__in=running, household_id__in=household_ids)
    ids = set(with_targets.values_list("round_id", flat=True))
    return [found for found in running if found.pk in ids]


def _settle_targets(merge: Merge, by: int) -> dict[str, Any]:
    """One target of the person stays in each round: the one that is done, else the one of the row kept. Returns the
    exemptions that were made and the keys of targets that were added, for the undoing."""
    households = _households(merge)
    rounds = _running_rounds(households)
    people = {p.pk: p for p in Person.objects.filter(pk__in=[merge.kept_id, merge.dropped_id])}
    kept, dropped = people[merge.kept_id], people[merge.dropped_id]
    targets = {
        target.pk: target for target in Target.objects.filter(round__in=rounds, household_id__in=households)
    }
    leaving: list[Target] = []
    added: list[tuple[int, int, int]] = []
    for found in rounds:
        mine = targets.get((found.pk, kept.household_id, kept.pk))
        other = targets.get((found.pk, dropped.household_id, dropped.pk))
        if other is None:
            continue
        if mine is None:
            if other.state in OWED:
                leaving.append(other)
                if _take_on(found, kept):
                    added.append((found.pk, kept.household_id, kept.pk))
        else:
            leaving.append(mine if other.state == "done" and mine.state in OWED else other)
    if not Household.objects.filter(pk=dropped.household_id, is_current=True).exists():
        homes = (targets.get((found.pk, dropped.household_id, 0)) for found in rounds)
        leaving += [home for home in homes if home is not None and home.state in OWED]
    made = _take_off(leaving, merge, by)
    settle(households, rounds)
    return {"exemptions": [exemption.pk for exemption in made], "added": added}


def _take_off(leaving: Iterable[Target], merge: Merge, by: int) -> list[Exemption]:
    """These targets leave their lists, decided by whoever merged."""
    moment = now()
    made = Exemption.objects.bulk_create(
        Exemption(
            round_id=target.round_id,
            household_id=target.household_id,
            person_id=target.person_id,
            area_path=target.area_path,
            reason=DOUBLE,
            requested_at=moment,
            requested_by=FOUND_BY_REGISTER,
            decision=Exemption.Decision.APPROVED,
            decided_at=moment,
            decided_by=by,
        )
        for target in sorted(leaving, key=lambda each: each.pk)
    )
    for exemption in made:
        audit.record(
            "exemption.decide",
            "household",
            exemption.household_id,
            by=by,
            path=exemption.area_path,
            decision="approved",
            merge=merge.pk,
        )
    return made


def _take_on(found: Round, kept: Person) -> bool:
    """Nobody is missed: who was due at the row that went is due at the one that stays, if that lies in the round."""
    if found.campaign.area_path not in prefixes(kept.area_path):
        return False
    village = Area.objects.filter(level=Area.Level.VILLAGE, path__in=prefixes(kept.area_path)).first()
    home = Household.objects.get(pk=kept.household_id)
    return bool(add_targets(found, home, village.path if village else kept.area_path, people=[kept.pk]))


# ---------- facts ----------


def _carry_facts(merge: Merge) -> list[dict[str, Any]]:
    """What was answered of the row that went is known of the row kept, unless something newer is. Answers what stood
    there before, for the undoing: null where nothing did."""
    kept, dropped = (Person.objects.get(pk=pk) for pk in (merge.kept_id, merge.dropped_id))
    names: dict[str, Any] = {
        "kept": kept.pk,
        "kept_home": kept.household_id,
        "dropped": dropped.pk,
        "dropped_home": dropped.household_id,
        "path": kept.area_path,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEWER, names)
        newer = [
            (question, visit, json.loads(before) if before else None) for question, visit, before in cursor
        ]
        if newer:
            cursor.execute(_CARRY, {**names, "questions": literal(question for question, _, _ in newer)})
    return [{"question": q, "visit": str(visit), "before": before} for q, visit, before in newer]


_NEWER = """
select d.question, d.visit_id, to_jsonb(k)::text from campaigns_fact d
left join campaigns_fact k on (k.household_id, k.person_id, k.question) = (%(kept_home)s, %(kept)s, d.question)
where d.household_id = %(dropped_home)s and d.person_id = %(dropped)s
  and (k.visit_id is null or (d.happened_at, d.visit_id) > (k.happened_at, k.visit_id))
order by d.question
"""
_CARRY = """
insert into campaigns_fact as f (household_id, person_id, question, area_path, value, sealed_value, happened_at,
  visit_id)
select %(kept_home)s, %(kept)s, question, %(path)s, value, sealed_value, happened_at, visit_id from campaigns_fact
where household_id = %(dropped_home)s and person_id = %(dropped)s and question = any(%(questions)s::text[])
on conflict (household_id, person_id, question) do update set value = excluded.value,
  sealed_value = excluded.sealed_value, happened_at = excluded.happened_at, visit_id = excluded.visit_id
"""


def _return_facts(merge: Merge, carried: Collection[dict[str, Any]]) -> None:
    """Each carried answer goes, unless a newer visit has answered since; what stood there before stands again."""
    kept = Person.objects.get(pk=merge.kept_id)
    places = places_of(merge)
    with connection.cursor() as cursor:
        for each in carried:
            visit = UUID(each["visit"])
            cursor.execute(
                "delete from campaigns_fact where (person_id, household_id) = (%s, %s)"
                " and question = %s and visit_id = any(%s)",
                [
                    kept.pk,
                    kept.household_id,
                    each["question"],
                    [visit, *(place.copy_of(visit) for place in places)],
                ],
            )
            if cursor.rowcount and each["before"]:
                # The area, or the household of who was kept, may be another by now.
                place = {"household_id": kept.household_id, "area_path": kept.area_path}
                cursor.execute(
                    "insert into campaigns_fact select * from jsonb_populate_record(null::campaigns_fact, %s::jsonb)",
                    [json.dumps({**each["before"], **place})],
                )
