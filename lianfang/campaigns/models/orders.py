"""From the order that arrives to the round that is worked: none of this is personal data."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.areas.models import Area
from lianfang.core.models import STAYS, Follows, PathField


class Order(models.Model):
    """A written instruction from above (指令、通知). It opens an emergency or becomes campaigns."""

    number = models.CharField(max_length=60)
    issuer = models.CharField(max_length=80)
    title = models.CharField(max_length=120)
    body = models.TextField(default="")
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField()
    received_at = models.DateTimeField()
    received_by = models.BigIntegerField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "number"], name="order_once")]


class OrderReceipt(models.Model):
    """Signed for (签收), once at each area that it was sent down to."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="receipts")
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField(follows=STAYS)
    signed_at = models.DateTimeField()
    signed_by = models.BigIntegerField()
    question = models.CharField(max_length=400, default="")  # asked back instead of, or with, the signature

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "area"], name="order_signed_once_an_area")]


class Emergency(models.Model):
    """应急响应. Ends by itself 14 days after its start or last renewal; the database holds it to that."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    pathogen = models.CharField(max_length=40)
    level = models.CharField(max_length=20, default="")
    legal_basis = models.CharField(max_length=200)
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField(follows=Follows(when="t.ended_at is null"))
    opened_at = models.DateTimeField()
    opened_by = models.BigIntegerField()
    renewed_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField()
    end_asked_by = models.BigIntegerField(null=True)  # the first of two who end it before its time
    end_asked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BigIntegerField(null=True)  # the second; nobody when the clock ended it
    ended_reason = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="emergency_ends_by_clock_or_two_people",
                condition=models.Q(ended_at__isnull=True)
                | models.Q(ended_at__gte=models.F("ends_at"))
                | models.Q(end_asked_by__isnull=False, ended_by__isnull=False)
                & ~models.Q(ended_by=models.F("end_asked_by")),
            ),
            models.CheckConstraint(
                name="emergency_ends_within_14_days",
                condition=models.expressions.RawSQL(
                    "ends_at <= coalesce(renewed_at, opened_at) + interval '14 days'",
                    [],
                    models.BooleanField(),
                ),
            ),
        ]


class EmergencyRenewal(models.Model):
    """Two people and a reason keep an emergency running for up to 14 more days."""

    emergency = models.ForeignKey(Emergency, on_delete=models.PROTECT, related_name="renewals")
    requested_by = models.BigIntegerField()
    requested_at = models.DateTimeField()
    reason = models.CharField(max_length=400)
    approved_by = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="renewal_needs_two_people",
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("requested_by")),
            )
        ]


class Campaign(models.Model):
    """专项任务: something to be done for every eligible household or person of an area."""

    class Base(models.TextChoices):
        REGISTERED = "registered", _("户籍")
        LIVING_HERE = "living_here", _("常住")
        HERE_TONIGHT = "here_tonight", _("今晚在家")

    class Subject(models.TextChoices):
        HOUSEHOLD = "household", _("户")
        PERSON = "person", _("人")

    emergency = models.ForeignKey(Emergency, on_delete=models.PROTECT, related_name="campaigns")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True)
    name = models.CharField(max_length=60)
    purpose = models.CharField(max_length=40)
    subject = models.CharField(max_length=10, choices=Subject.choices, default=Subject.HOUSEHOLD)
    base = models.CharField(max_length=14, choices=Base.choices, default=Base.LIVING_HERE)
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField(follows=Follows(when="t.closed_at is null"))
    eligibility = models.JSONField(default=list)  # conditions of campaigns/eligibility.py
    form_key = models.CharField(max_length=60)
    form_version = models.SmallIntegerField()
    protocol_key = models.CharField(max_length=60, default="")
    protocol_version = models.CharField(max_length=20, default="")
    department = models.CharField(max_length=40, default="", db_default="")  # the unit that wants it
    # What was answered before the first round opened does not count (全部重问), with why.
    asks_anew = models.BooleanField(default=False, db_default=False)
    asks_anew_reason = models.CharField(max_length=100, default="", db_default="")
    # While a round runs, an answer that is no longer fresh is asked for again (过期重问).
    keeps_fresh = models.BooleanField(default=False, db_default=False)
    declared_at = models.DateTimeField()
    declared_by = models.BigIntegerField()
    closed_at = models.DateTimeField(null=True)

    @property
    def wanted_by(self) -> str:
        """Whom the answers are for, as a door shows it."""
        return self.department or self.name


class Round(models.Model):
    """轮次: one pass over the list. The list is frozen once; after that it grows only by what is found, shown apart."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="rounds")
    number = models.SmallIntegerField()
    opens_at = models.DateTimeField()
    due_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)
    # Doors whose earlier visits are judged already, by household id; None: all are (operations/rounds.py).
    judged_to = models.BigIntegerField(null=True)
    # Were the visits judged that were being filed while the list was frozen? (operations/rounds.py)
    is_meanwhile_judged = models.BooleanField(default=False, db_default=False)
    fresh_to = models.DateTimeField(null=True)  # answers that ran out by then have been asked for again
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="round_once"),
            models.CheckConstraint(
                name="round_due_after_open", condition=models.Q(due_at__gt=models.F("opens_at"))
            ),
        ]

    @property
    def looks_back(self) -> bool:
        """Does what was answered before it opened count? A second pass of one campaign asks again."""
        return self.number == 1 and not self.campaign.asks_anew

    def late_before(self, now: dt.datetime) -> dt.datetime:
        """What fell due before this and is not settled is late. A round that is over owes nothing any more."""
        return self.opens_at if self.closed_at else now
