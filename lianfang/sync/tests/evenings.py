"""Whatever may happen in a county while phones hold copies of its doors: one random step after the other, each
committed as the desk, a job or a phone would commit it."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lianfang.accounts.models import Grant
from lianfang.accounts.queries import get_actor
from lianfang.areas.changes.operations import confirm, plan_file
from lianfang.areas.models import Area
from lianfang.areas.operations import rename_area
from lianfang.campaigns.models import Campaign, Emergency, Exemption, Round, Target, Visit
from lianfang.campaigns.operations import merging
from lianfang.campaigns.operations.campaigns import close_round
from lianfang.campaigns.operations.carrying import LineInput, VisitInput
from lianfang.campaigns.operations.exemptions import decide_exemption, request_exemptions
from lianfang.campaigns.operations.following import follow_events
from lianfang.campaigns.operations.freshness import ask_stale_again
from lianfang.campaigns.operations.rounds import freeze_round
from lianfang.campaigns.operations.visits import record_visits
from lianfang.core import clock
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope, scoped
from lianfang.intake.models import Conflict
from lianfang.register import life
from lianfang.register.life import Told, Whereto
from lianfang.register.models import Door, Household, Person
from lianfang.register.operations import HouseholdDetails, MemberDetails, add_household
from lianfang.workforce.operations import assign_area
from tests.world import TONIGHT, World

WORKERS = ("王小红", "曾祥林", "谭小英", "邓永福", "戴春燕")
DESK = "周敏"
FORMS = (
    ("household_sweep", 1, "household_sweep"),
    ("household_sweep", 2, "household_sweep"),
    ("vaccination_survey", 1, "vaccination"),
    ("vaccination_survey", 2, "vaccination"),
    ("elderly_care", 1, "care"),
    ("returnee_check", 1, "returnee_watch"),
)
STEPS = (
    ("knock", 12),
    ("correct", 4),
    ("nobody_home", 3),
    ("time", 8),
    ("open_round", 3),
    ("plan_round", 2),
    ("close_round", 2),
    ("extend_round", 2),
    ("ask_exemption", 2),
    ("decide_exemption", 3),
    ("free_person", 2),
    ("move", 3),
    ("leave", 2),
    ("birth", 2),
    ("death", 1),
    ("split", 1),
    ("join", 1),
    ("take_back", 2),
    ("merge_people", 2),
    ("part_people", 1),
    ("add_household", 2),
    ("end_household", 1),
    ("correct_person", 3),
    ("correct_door", 2),
    ("mark_household", 2),
    ("assign", 2),
    ("grant", 1),
    ("rename_area", 1),
    ("change_areas", 1),
    ("stale", 2),
    ("differ", 3),
    ("settle", 2),
)


class Evening:
    """The county of tests/world.py at a moving moment. `told` is what happened, for whoever reads a failure."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random, self.now = world, random.Random(seed), TONIGHT
        self.told: list[str] = []
        self.events: list[Any] = []
        self.merges: list[Any] = []
        self.counted = 0
        for _ in range(2):
            with clock.frozen(self.now):
                self.open_round()

    def step(self) -> None:
        """One thing that happens, or that is refused and does not."""
        (what,) = self.random.choices([name for name, _ in STEPS], [weight for _, weight in STEPS])
        try:
            with clock.frozen(self.now):
                getattr(self, what)()
            self.told.append(what)
        except Problem as refused:
            self.told.append(f"{what} refused: {refused.code}")

    @contextmanager
    def acting(self, name: str = DESK) -> Iterator[dict[str, Any]]:
        scope = get_actor(self.world.users[name]).scope_for()
        with scoped(scope):
            yield {"scope": scope, "by": self.world.users[name].pk}

    def one(self, rows: Any) -> Any:
        """Any of these, in an order that the seed alone decides; a step without one is none."""
        found = list(rows)
        if not found:
            raise Problem("register.unknown_household")
        return self.random.choice(found)

    def home(self) -> Household:
        return self.one(Household.objects.filter(is_current=True).order_by("pk"))

    def family(self, home: Household) -> list[Person]:
        return list(Person.objects.filter(household=home, is_current=True).order_by("pk"))

    def person(self) -> Person:
        return self.one(Person.objects.filter(is_current=True).order_by("pk"))

    def number(self) -> int:
        self.counted += 1
        return self.counted

    # ---------- at doors ----------

    def answers(self, about: str) -> dict[str, Any]:
        pick = self.random
        every = {
            "household": {
                "returned_count": pick.randrange(4),
                "dwelling_state": pick.choice(("owner", "rented")),
                "household_needs": ["medicine"],
                "needs_detail": "药",
            },
            "person": {"dose_count": pick.randrange(4), "fever": pick.random() < 0.2},
        }[about]
        return {key: value for key, value in every.items() if pick.random() < 0.7}

    def line(self, person: Person) -> LineInput:
        presence = self.random.choice(
            ("seen", "seen", "answered_for", "away", "refused", "not_met", "moved", "dead")
        )
        if presence == "away":
            return LineInput(person.pk, presence, away_place="广州", back_on=self.now.date())
        return LineInput(person.pk, presence, answers=self.answers("person"))

    def knock(self, outcome: str = "met", corrected: Visit | None = None) -> None:
        who = self.random.choice(WORKERS)
        with self.world.as_root():
            home = Household.objects.get(pk=corrected.household_id) if corrected else self.home()
            people = self.family(home) if outcome == "met" else []
        chosen = [person for person in people if self.random.random() < 0.8]
        visit = VisitInput(
            visit_id=self.new_id(),
            household_id=home.pk,
            channel=self.random.choice(("door", "phone")),
            outcome=outcome,
            happened_at=self.now - dt.timedelta(minutes=self.random.choice((0, 5, 600))),
            worker_id=None if self.random.random() < 0.5 else self.world.workers[who].pk,
            lines=tuple(self.line(person) for person in chosen),
            answers=self.answers("household") if outcome == "met" else {},
            note="晚上再来" if outcome != "met" else "",
            back_at=self.now if outcome != "met" else None,
            supersedes=corrected.pk if corrected else None,
        )
        with self.acting(who) as own:
            record_visits([visit], **own)

    def knock_at(self, name: str) -> None:
        """Everybody seen, one answer."""
        home = self.world.households[name]
        people = self.read(lambda: self.family(home))
        lines = tuple(LineInput(person.pk, "seen") for person in people)
        visit = VisitInput(
            self.new_id(), home.pk, "door", "met", self.now, lines=lines, answers={"returned_count": 2}
        )
        with clock.frozen(self.now), self.acting("王小红") as own:
            record_visits([visit], **own)

    def nobody_home(self) -> None:
        self.knock(self.random.choice(("nobody_home", "refused", "moved_away", "vacant")))

    def correct(self) -> None:
        with self.world.as_root():
            newest = Visit.objects.exclude(outcome="recorded").order_by("-received_at", "pk")[:6]
            visit = self.one(newest)
        self.knock(corrected=visit)

    def differ(self) -> None:
        """Two told one thing differently; the second had not seen the first."""
        with self.world.as_root():
            first = self.one(Visit.objects.filter(outcome="met").order_by("-received_at", "pk")[:6])
            about = {"household_id": first.household_id, "area_path": first.area_path, "person_id": 0}
            question = self.random.choice(("returned_count", "dwelling_state", "needs_detail"))
            if Conflict.objects.filter(**about, question=question, settled_at__isnull=True).exists():
                return
            Conflict.objects.create(
                **about,
                question=question,
                first=first.pk,
                first_by=first.recorded_by,
                first_at=first.happened_at,
                second=first.pk,
                second_by=2,
                second_at=self.now,
                opened_at=self.now,
            )

    def settle(self) -> None:
        with self.world.as_root():
            found = self.one(Conflict.objects.filter(settled_at__isnull=True).order_by("pk"))
            Conflict.objects.filter(pk=found.pk).update(settled_at=self.now, settled_as="first")

    def new_id(self) -> Any:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    # ---------- rounds ----------

    def time(self) -> None:
        minutes = self.random.choice((1, 20, 180, 1200, 4320))
        self.now += dt.timedelta(minutes=minutes)
        until = self.now + dt.timedelta(days=13)
        Emergency.objects.update(renewed_at=self.now, ends_at=until)
        Grant.objects.filter(ends_at__gt=self.now).update(ends_at=until)

    def open_round(self, opens_in: int = 0) -> None:
        with self.world.as_root():
            if Round.objects.filter(closed_at__isnull=True).count() >= 4:
                self.close_round()
            area = self.one(Area.objects.filter(valid_to__isnull=True, level__in=("village", "county")))
            key, version, purpose = self.random.choice(FORMS)
            opens_at = self.now + dt.timedelta(minutes=opens_in)
            campaign = Campaign.objects.create(
                emergency=self.world.emergency,
                name=f"专项{self.number()}",
                purpose=purpose,
                subject=self.random.choice(("household", "household", "person")),
                base=self.random.choice(("registered", "living_here", "here_tonight")),
                area=area,
                area_path=area.path,
                form_key=key,
                form_version=version,
                department=self.random.choice(("", "民政局")),
                keeps_fresh=self.random.random() < 0.5,
                declared_at=self.now,
                declared_by=1,
            )
            due_at = opens_at + dt.timedelta(hours=self.random.choice((4, 24, 72)))
            found = Round.objects.create(campaign=campaign, number=1, opens_at=opens_at, due_at=due_at)
            freeze_round(round_id=found.pk, by=1)

    def plan_round(self) -> None:
        """Its list stands before it opens: the clock alone will open it."""
        self.open_round(opens_in=30)

    def running(self) -> Round:
        rounds = Round.objects.filter(closed_at__isnull=True).select_related("campaign").order_by("pk")
        return self.one(rounds)

    def close_round(self) -> None:
        with self.world.as_root():
            close_round(self.running(), at=self.now, by=1)

    def extend_round(self) -> None:
        with self.world.as_root():
            found = self.running()
            due_at = found.due_at + dt.timedelta(hours=6)
            Round.objects.filter(pk=found.pk).update(due_at=due_at)
            if self.random.random() < 0.5:
                Target.objects.filter(round=found, state="open").update(due_at=due_at)

    def ask_exemption(self) -> None:
        with self.world.as_root():
            found = self.running()
            request_exemptions([(self.home().pk, "abroad", None)], rounds=[found], by=2)

    def decide_exemption(self) -> None:
        with self.world.as_root():
            asked = self.one(Exemption.objects.filter(decision="pending").order_by("pk"))
            is_approved = self.random.random() < 0.7
            decide_exemption(exemption_id=asked.pk, approve=is_approved, note="", by=3)

    def free_person(self) -> None:
        """An approved exemption of one person of a household that is on a list."""
        with self.world.as_root():
            found, person = self.running(), self.person()
            Exemption.objects.create(
                round=found,
                household_id=person.household_id,
                person_id=person.pk,
                area_path=person.area_path,
                reason="abroad",
                requested_at=self.now,
                requested_by=1,
                decision="approved",
                decided_at=self.now,
                decided_by=2,
            )

    def stale(self) -> None:
        ask_stale_again()

    # ---------- the register ----------

    def happens(self, operation: Any, **given: Any) -> None:
        with self.acting() as own:
            change = operation(told=Told(self.new_id(), clock.today()), **given, **own)
            follow_events(events=[change.event], by=own["by"])
        self.events.append(change.event)

    def read(self, read: Any) -> Any:
        with self.world.as_root():
            return read()

    def move(self) -> None:
        person, there = self.read(self.person), self.read(self.home)
        goes = {"household_id": person.household_id, "person_ids": [person.pk]}
        self.happens(life.move_out, whereto=Whereto(household_id=there.pk), **goes)

    def leave(self) -> None:
        home = self.read(self.home)
        people = self.read(lambda: self.family(home))
        chosen = people if self.random.random() < 0.5 else people[:1]
        goes = {"household_id": home.pk, "person_ids": [person.pk for person in chosen]}
        self.happens(life.move_out, whereto=Whereto(text="外省"), **goes)

    def birth(self) -> None:
        child = MemberDetails(f"易新{self.number()}", relation="child")
        self.happens(life.note_birth, household_id=self.read(self.home).pk, child=child)

    def death(self) -> None:
        self.happens(life.note_death, person_id=self.read(self.person).pk)

    def split(self) -> None:
        person = self.read(self.person)
        goes = {"household_id": person.household_id, "person_ids": [person.pk]}
        self.happens(life.split_household, whereto=Whereto(), **goes)

    def join(self) -> None:
        one, other = self.read(self.home), self.read(self.home)
        self.happens(life.join_households, household_id=one.pk, into_household_id=other.pk)

    def take_back(self) -> None:
        event = self.one(self.events[-1:])
        self.events.pop()
        with self.acting() as own:
            change = life.cancel_event(event=event, key=self.new_id(), reason="错", **own)
            follow_events(events=[change.event], by=own["by"])

    def merge_people(self) -> None:
        one, other = self.read(self.person), self.read(self.person)
        with self.acting() as own:
            merge = merging.merge_people(keep_id=one.pk, drop_id=other.pk, take=None, **own)
        self.merges.append(merge.pk)

    def part_people(self) -> None:
        merge = self.one(self.merges[-1:])
        self.merges.pop()
        with self.acting() as own:
            merging.undo_merge(merge_id=merge, **own)

    def grid(self) -> Area:
        return self.one(Area.objects.filter(level="group", valid_to__isnull=True).order_by("pk"))

    def add_household(self) -> None:
        name = f"莫新{self.number()}"
        details = HouseholdDetails(f"{self.counted}号", [MemberDetails(name, phone_text="13800002076")])
        with self.acting() as own:
            add_household(details=details, area=self.grid(), **own)

    def end_household(self) -> None:
        """As a sheet or the taking back of doors ends one, and as it may come back."""
        with self.world.as_root():
            home = self.one(Household.objects.order_by("pk"))
            Household.objects.filter(pk=home.pk).update(is_current=not home.is_current)

    def correct_person(self) -> None:
        with self.world.as_root():
            person = self.person()
            change = self.random.choice(
                (
                    {"name": f"易{self.number()}", "initials": "y"},
                    {"phone": "13900001111"},
                    {"id_number": "430581198005010013"},
                    {"is_here_tonight": not person.is_here_tonight},
                    {"is_living_here": not person.is_living_here},
                    {"birth_on": dt.date(1990, 1, 1), "sex": "female", "relation": "other"},
                )
            )
            Person.objects.filter(pk=person.pk).update(**change)

    def correct_door(self) -> None:
        with self.world.as_root():
            door = self.one(Door.objects.order_by("pk"))
            label = f"老学堂{self.number()}"
            Door.objects.filter(pk=door.pk).update(label=label, walk_order=self.counted, unit="2")

    def mark_household(self) -> None:
        with self.world.as_root():
            change = self.random.choice(
                ({"head_name": f"易{self.number()}"}, {"contact_phone": "13700001111"}, {"expected_count": 9})
            )
            Household.objects.filter(pk=self.home().pk).update(**change)

    # ---------- places and people on duty ----------

    def assign(self) -> None:
        worker = self.world.workers[self.random.choice(WORKERS)]
        with self.acting() as own:
            assign_area(area=self.grid(), worker_id=worker.pk, reason="换人", **own)

    def grant(self) -> None:
        """A right given for a while, or one that ends at once."""
        name = self.random.choice(WORKERS)
        own = Grant.objects.filter(user=self.world.users[name], ends_at__gt=self.now)
        if own.count() > 1:
            Grant.objects.filter(pk=own.order_by("-pk")[0].pk).update(ends_at=self.now)
            return
        area = self.grid()
        Grant.objects.create(
            user=self.world.users[name],
            role="grid_worker",
            area=area,
            area_path=area.path,
            starts_at=self.now - dt.timedelta(minutes=1),
            ends_at=self.now + dt.timedelta(days=13),
        )

    def rename_area(self) -> None:
        with self.world.as_root():
            area = self.one(Area.objects.filter(level__in=("group", "village"), valid_to__isnull=True))
            rename_area(area=area, name=f"新名{self.number()}", by=1)

    def change_areas(self) -> None:
        villages = list(Area.objects.filter(level="village", valid_to__isnull=True).order_by("code"))
        old = self.one(villages)
        base = {
            "old_code": old.code,
            "old_name": old.name,
            "level": "village",
            "new_name": "",
            "new_parent": "",
        }
        kind = self.random.choice(("merge", "recode"))
        if kind == "merge":
            new = self.one(area for area in villages if area.pk != old.pk)
            row = {**base, "kind": "merge", "new_code": new.code}
        else:
            parent = Area.objects.get(pk=old.parent_id).code
            row = {**base, "kind": "recode", "new_name": old.name, "new_parent": parent}
            row["new_code"] = f"{parent}{900 + self.number() % 100}"
        today = clock.today()
        with self.world.as_root():
            scope = Scope.over([Area.objects.get(level="county").path])
            planned = plan_file(rows=[row], document="x", effective_on=today, scope=scope, by=None)
            for adjustment in planned.adjustments:
                confirm(adjustment_id=adjustment.pk, effective_on=today, scope=scope, by=1)
