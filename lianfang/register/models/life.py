"""What changes a household: somebody moves in or out, is born, dies; a household splits, joins, or has a new head."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.core.models import PathField
from lianfang.core.sealing import SealedField
from lianfang.register.models.people import Household, Person


class LifeEvent(models.Model):
    """One person at one household on one day. Append-only: what was wrong is cancelled by another row.

    An event is all rows with the same `event`: whoever moves inside the county has a row at the door they left and
    one at the door they came to, each under the path of its own village. So the old village reads that they moved
    within the county, and not where to. Who was loaded from a sheet and never moved has no row: they lived there
    from the first day on.
    """

    class Kind(models.TextChoices):
        MOVED_IN = "moved_in", _("迁入")
        MOVED_OUT = "moved_out", _("迁出")
        MOVED = "moved", _("县内搬迁")
        BORN = "born", _("出生")
        DIED = "died", _("死亡")
        SPLIT = "split", _("分户")
        JOINED = "joined", _("并户")
        HEAD = "head", _("换户主")

    class Side(models.TextChoices):
        CAME = "came", _("来")
        LEFT = "left", _("走")
        STAYED = "stayed", _("未动")
        AWAITED = "awaited", _("待落户")  # known to be in this village, behind which door is not known yet

    class Source(models.TextChoices):
        DESK = "desk", _("电脑录入")
        VISIT = "visit", _("上门")
        SHEET = "sheet", _("底册表")

    event = models.UUIDField()  # given by whoever records it: the same one twice is one event
    kind = models.CharField(max_length=10, choices=Kind.choices)
    side = models.CharField(max_length=8, choices=Side.choices)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="life")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="life")
    area_path = PathField()
    name = models.CharField(max_length=60)  # the old village no longer sees the person
    relation = models.CharField(
        max_length=10, default=""
    )  # at this household: before leaving, after coming; of who stayed: from then on
    before = models.JSONField(default=dict)  # columns of the person before it, to be put back
    happened_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.BigIntegerField(null=True)
    is_from_outside = models.BooleanField(
        default=False
    )  # recorded by somebody who does not answer for this area
    source = models.CharField(max_length=6, choices=Source.choices, default=Source.DESK)
    visit_id = models.UUIDField(null=True)
    note = SealedField(key="register", purpose="life.note", null=True)  # where to, why
    cancels = models.UUIDField(null=True)  # the event that this one takes back
    followed_at = models.DateTimeField(null=True)  # when the lists of running rounds had taken it in

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "person", "side"], name="life_event_once")]
        indexes = [
            models.Index(fields=["household", "happened_on"], name="life_household"),
            models.Index(fields=["person"], name="life_person"),
            models.Index(fields=["area_path", "-happened_on"], name="life_area"),
            models.Index(fields=["cancels"], name="life_cancels", condition=models.Q(cancels__isnull=False)),
            models.Index(fields=["id"], name="life_unfollowed", condition=models.Q(followed_at__isnull=True)),
            models.Index(fields=["visit_id"], name="life_visit", condition=models.Q(visit_id__isnull=False)),
        ]
