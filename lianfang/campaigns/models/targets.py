"""The denominator and what is owed at it. Keys are natural, so that generating twice changes nothing."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.campaigns.models.orders import Round
from lianfang.core.models import Follows, PathField
from lianfang.core.sealing import SealedField

# A closed round is history: its list stays where it was counted.
RUNNING = "t.round_id in (select r.id from campaigns_round r where r.closed_at is null)"

# The counters of villages (`Coverage`), counted from their targets.
COUNTED = f"""(round_id, village_path, origin, due_at, due, done, exempt, not_met, open, born)
select t.round_id, t.village_path, t.origin, t.due_at, count(*), count(*) filter (where t.state = 'done'),
  count(*) filter (where t.state = 'exempt'), count(*) filter (where t.state = 'not_met'),
  count(*) filter (where t.state = 'open'), count(*) filter (where t.is_born)
from campaigns_target t where t.village_path in ({{villages}}) and {RUNNING} group by 1, 2, 3, 4 order by 1, 2, 3, 4"""  # noqa: S608 - constants


class Origin(models.TextChoices):
    FROZEN = "frozen", _("冻结底数")
    FOUND_IN_FIELD = "found_in_field", _("现场新增")
    PUSHED_LIST = "pushed_list", _("推送名单")
    IMPORT = "import", _("导入")


class State(models.TextChoices):
    """The four sets of the equation 应排查 = 已排查 + 核减 + 未见到 + 待排查."""

    DONE = "done", _("已排查")
    EXEMPT = "exempt", _("核减")
    NOT_MET = "not_met", _("未见到")
    OPEN = "open", _("待排查")


class Target(models.Model):
    """One subject of one round. A person's target has the household it is found at; `person_id` 0 means the household.

    No foreign keys in the database: rows are made by INSERT … SELECT from the rows they name, a million at a time.
    """

    pk = models.CompositePrimaryKey("round_id", "household_id", "person_id")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    household_id = models.BigIntegerField()
    person_id = models.BigIntegerField(default=0)
    area_path = PathField(follows=Follows(when=RUNNING))
    village_path = PathField(follows=Follows(when=RUNNING, village=True))  # under which it is counted
    origin = models.CharField(max_length=16, choices=Origin.choices, default=Origin.FROZEN)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=20, default="")  # why not met, or why exempt: the last code
    attempt_count = models.SmallIntegerField(default=0)
    last_visit_at = models.DateTimeField(null=True)
    settled_by = models.UUIDField(null=True)  # the visit that settled it
    is_born = models.BooleanField(
        default=False, db_default=False
    )  # done by a visit of before the round opened
    worker_id = models.BigIntegerField(null=True)  # overrides the assignment of the area

    class Meta:
        indexes = [
            models.Index(fields=["round", "area_path"], name="target_area"),
            models.Index(
                fields=["round", "area_path"], name="target_unsettled", condition=~models.Q(state="done")
            ),
        ]


class Task(models.Model):
    """One thing owed at a target within a window. Stored state is terminal or none; due and overdue are read from the window."""

    pk = models.CompositePrimaryKey("round_id", "household_id", "person_id", "template", "slot", "attempt")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    household_id = models.BigIntegerField()
    person_id = models.BigIntegerField(default=0)
    template = models.CharField(max_length=20, default="visit")
    slot = models.SmallIntegerField(default=0)
    attempt = models.SmallIntegerField(default=1)
    area_path = PathField(follows=Follows(when=RUNNING))
    opens_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_as = models.CharField(max_length=10, default="")  # done, exempt, cancelled
    visit_id = models.UUIDField(null=True)

    class Meta:
        # The evening close looks for tasks without a target: 200 ms of a village's page without, 2 ms with.
        indexes = [models.Index(fields=["round", "area_path"], name="task_area")]


class Exemption(models.Model):
    """A requested, approved or denied reason to leave the denominator. Only an approved one counts."""

    class Decision(models.TextChoices):
        PENDING = "pending", _("待审")
        APPROVED = "approved", _("同意核减")
        DENIED = "denied", _("不同意")

    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    household_id = models.BigIntegerField()
    person_id = models.BigIntegerField(default=0)
    area_path = PathField(follows=Follows(when=RUNNING))
    reason = models.CharField(max_length=20)
    note = SealedField(key="register", purpose="exemption.note", null=True)
    visit_id = models.UUIDField(null=True)
    requested_at = models.DateTimeField()
    requested_by = models.BigIntegerField()
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.PENDING)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    decision_note = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="exemption_needs_two_people",
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("requested_by")),
            ),
            models.CheckConstraint(
                name="exemption_decided_by_somebody",
                condition=models.Q(decision="pending", decided_by__isnull=True)
                | (~models.Q(decision="pending") & models.Q(decided_by__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["round", "household_id", "person_id"],
                condition=models.Q(decision="pending"),
                name="one_exemption_pending",
            ),
        ]
        indexes = [models.Index(fields=["round", "household_id"], name="exemption_target")]


class HandBack(models.Model):
    """A worker gives a target back, with a reason; the village names somebody else."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    household_id = models.BigIntegerField()
    area_path = PathField(follows=Follows(when=RUNNING))
    worker_id = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    handed_at = models.DateTimeField()
    taken_by = models.BigIntegerField(null=True)
    taken_at = models.DateTimeField(null=True)


class Coverage(models.Model):
    """Counters of one village, origin and deadline: summed at read, so a city costs as much as its villages.

    Kept by one sorted statement in every transaction that changes a target's state; the equation is a constraint.
    """

    pk = models.CompositePrimaryKey("round_id", "village_path", "origin", "due_at")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    village_path = PathField(follows=Follows(when=RUNNING, village=True, counted_from=COUNTED))
    origin = models.CharField(max_length=16, choices=Origin.choices)
    due_at = models.DateTimeField()
    due = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    exempt = models.IntegerField(default=0)
    not_met = models.IntegerField(default=0)
    open = models.IntegerField(default=0)
    born = models.IntegerField(default=0, db_default=0)  # of those done, by visits of before the round opened

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="coverage_balances",
                condition=models.Q(
                    due=models.F("done") + models.F("exempt") + models.F("not_met") + models.F("open")
                ),
            )
        ]


class Reminder(models.Model):
    """Somebody hears of it before it is late: at 50, 75, 90 and 100 % of the time. Silence is shown as such."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    area = models.ForeignKey("areas.Area", on_delete=models.PROTECT)
    area_path = PathField(follows=Follows(when=RUNNING, if_wider="acknowledged_note = t.acknowledged_note"))
    threshold = models.SmallIntegerField()  # percent of the window that has passed
    open_count = models.IntegerField()
    worker_id = models.BigIntegerField(null=True)  # who answers for the area
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.BigIntegerField(null=True)
    acknowledged_note = models.CharField(max_length=120, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "area", "threshold"], name="reminded_once")]
