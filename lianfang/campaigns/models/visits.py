"""What happened at a door. Append-only: a correction is a new visit that supersedes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.core.models import CurrentTransaction, PathField
from lianfang.core.sealing import SealedField


class Channel(models.TextChoices):
    DOOR = "door", _("上门")
    PHONE = "phone", _("电话核实")
    CHAT = "chat", _("微信")
    DESK = "desk", _("补录")
    RECORD = "record", _("凭记录")


class Outcome(models.TextChoices):
    """House-level result of one attempt."""

    MET = "met", _("见到")
    NOBODY_HOME = "nobody_home", _("无人应门")
    NO_ANSWER = "no_answer", _("电话未接")
    ABSENT = "absent", _("全家外出")
    REFUSED = "refused", _("拒绝")
    NO_ACCESS = "no_access", _("进不去")
    MOVED_AWAY = "moved_away", _("已搬走")
    VACANT = "vacant", _("空置")
    DEMOLISHED = "demolished", _("已拆除")
    DUPLICATE = "duplicate", _("重复登记")
    RECORDED = (
        "recorded",
        _("原住处已见到"),
    )  # never at a door: carried along when somebody moved (following.py)


# What can be said of a knock.
AT_THE_DOOR = tuple(outcome for outcome in Outcome if outcome != Outcome.RECORDED)


class Presence(models.TextChoices):
    """What is known of one member after the attempt."""

    SEEN = "seen", _("见到")
    ANSWERED_FOR = "answered_for", _("代答")
    AWAY = "away", _("外出")
    REFUSED = "refused", _("拒绝")
    NOT_MET = "not_met", _("未见到")
    MOVED = "moved", _("搬走")
    DEAD = "dead", _("去世")
    EXEMPT = "exempt", _("核减")


class Visit(models.Model):
    id = models.UUIDField(primary_key=True)
    household_id = models.BigIntegerField()
    area_path = PathField()
    channel = models.CharField(max_length=8, choices=Channel.choices)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    worker_id = models.BigIntegerField(null=True)  # who stood at the door
    recorded_by = models.BigIntegerField()  # who typed it in
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    back_at = models.DateTimeField(null=True)  # when to come again
    answers = models.JSONField(default=dict)  # of the household, classes plain and personal
    sealed_answers = models.BinaryField(null=True)  # class sensitive, with the key of the emergency
    note = SealedField(key="register", purpose="visit.note", null=True)
    # What was said by 同上轮 and not asked word by word: 7.presence, 0.returned_count (0: the household).
    as_before = models.JSONField(default=list, db_default=[])
    supersedes = models.UUIDField(null=True, unique=True)
    is_out_of_scope = models.BooleanField(default=False)
    # The transaction in which it was filed, as the versions of doors count: had a phone been told of it?
    version = models.BigIntegerField(db_default=CurrentTransaction())

    class Meta:
        indexes = [models.Index(fields=["household_id", "happened_at"], name="visit_household")]


class VisitLine(models.Model):
    pk = models.CompositePrimaryKey("visit_id", "person_id")
    visit = models.ForeignKey(
        Visit, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="lines"
    )
    person_id = models.BigIntegerField()
    area_path = PathField()
    presence = models.CharField(max_length=14, choices=Presence.choices)
    answered_by = models.BigIntegerField(null=True)
    away_place = SealedField(key="register", purpose="line.away_place", null=True)
    away_since_on = models.DateField(null=True)
    back_on = models.DateField(null=True)
    reason = models.CharField(max_length=20, default="")
    answers = models.JSONField(default=dict)


class Fact(models.Model):
    """最近情况: the newest answer to a question about a subject. `person_id` 0: the household."""

    pk = models.CompositePrimaryKey("household_id", "person_id", "question")
    household_id = models.BigIntegerField()
    person_id = models.BigIntegerField(default=0)
    question = models.CharField(max_length=60)
    area_path = PathField()
    value = models.JSONField(null=True)
    sealed_value = models.BinaryField(null=True)
    happened_at = models.DateTimeField()
    visit_id = models.UUIDField()
