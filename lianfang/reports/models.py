"""Evenings that were signed, and the tables of departments that fill themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.areas.models import Area
from lianfang.campaigns.models import Campaign, Round
from lianfang.core.models import STAYS, Follows, PathField


class DayClose(models.Model):
    """日清日结: an area's signed figures of one evening. A later record makes a revision, never an edit."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField(follows=STAYS)  # what was signed was signed for the area of that day
    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    closed_on = models.DateField()
    revision = models.SmallIntegerField(default=0)
    figures = models.JSONField()
    mop_up_count = models.IntegerField()
    as_of = models.DateTimeField()
    signed_at = models.DateTimeField()
    signed_by = models.BigIntegerField()
    note = models.CharField(max_length=400, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "round", "closed_on", "revision"], name="closed_once")
        ]


class RecheckSample(models.Model):
    """A door drawn at random from what was marked done (LQAS), and what the second look found."""

    close = models.ForeignKey(DayClose, on_delete=models.PROTECT, related_name="samples")
    household_id = models.BigIntegerField()
    area_path = PathField()
    verdict = models.CharField(max_length=10, default="")  # agrees, differs
    note = models.CharField(max_length=200, default="")
    checked_at = models.DateTimeField(null=True)
    checked_by = models.BigIntegerField(null=True)


class DepartmentTable(models.Model):
    """部门报表: an Excel table that a department asks for, with what its columns mean. Nothing of it is typed: it fills
    itself from facts and figures. Holds no resident; the file itself is in `TableTemplate`."""

    class State(models.TextChoices):
        READING = "reading", _("正在读")
        UNREADABLE = "unreadable", _("读不了")
        DRAFT = "draft", _("等着核对")
        CONFIRMED = "confirmed", _("等着批准")
        APPROVED = "approved", _("在用")
        STOPPED = "stopped", _("已停用")

    title = models.CharField(max_length=120)
    department = models.CharField(max_length=80, default="")  # who asks for it, and alone receives it
    purpose = models.CharField(max_length=40, default="")  # of the dictionary: which questions may be shown
    purpose_note = models.CharField(max_length=200, default="")  # in the department's own words
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField(follows=Follows(when="t.state <> 'stopped'"))
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True)  # whose figures it carries
    layout = models.JSONField(default=list)  # confirmed: a sheet each, see reports/layouts.py
    hours = models.JSONField(default=list)  # ["07:30", "16:00"]
    next_fill_at = models.DateTimeField(null=True, db_index=True)
    ends_on = models.DateField(null=True)
    has_names = models.BooleanField(default=False)  # a row a person or household, or a name in a cell
    has_numbers = models.BooleanField(default=False)  # carries ids or phones in full
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    state_at = models.DateTimeField()
    fault_code = models.CharField(max_length=60, default="")
    fault_detail = models.CharField(max_length=240, default="")
    registered_at = models.DateTimeField()
    registered_by = models.BigIntegerField()
    confirmed_by = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.BigIntegerField(null=True)
    stop_reason = models.CharField(max_length=200, default="")
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True)  # the version before
    deleted_at = models.DateTimeField(null=True)  # can be brought back for a month
    deleted_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="table_approved_by_second_person",
                condition=models.Q(approved_by__isnull=True)
                | models.Q(confirmed_by__isnull=False) & ~models.Q(approved_by=models.F("confirmed_by")),
            ),
            models.CheckConstraint(
                name="table_approved_for_somebody_until",
                condition=~models.Q(state="approved")
                | models.Q(approved_by__isnull=False, ends_on__isnull=False)
                & ~models.Q(department="")
                & ~models.Q(purpose=""),
            ),
        ]


_T = DepartmentTable.State
NEXT_OF_TABLE: dict[str, tuple[str, ...]] = {
    _T.READING: (_T.DRAFT, _T.UNREADABLE),
    _T.UNREADABLE: (),
    _T.DRAFT: (_T.CONFIRMED, _T.STOPPED),
    _T.CONFIRMED: (_T.DRAFT, _T.CONFIRMED, _T.APPROVED, _T.STOPPED),
    _T.APPROVED: (_T.STOPPED,),
    _T.STOPPED: (),
}


class TableTemplate(models.Model):
    """The file of a department table as it came, and what was read of it: a template may carry names already."""

    table = models.OneToOneField(DepartmentTable, on_delete=models.CASCADE, primary_key=True)
    area_path = PathField()
    name = models.CharField(max_length=200)
    content = models.BinaryField()  # sealed with the register key
    byte_count = models.IntegerField()
    seen = models.BinaryField(null=True)  # sealed: sheets, columns, samples, proposals


class TableFilling(models.Model):
    """One time that a table filled itself for an area."""

    table = models.ForeignKey(DepartmentTable, on_delete=models.CASCADE, related_name="fillings")
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField(follows=STAYS)  # what was given out was given out for the area of that day
    slot = models.CharField(max_length=16)  # 2026-08-07 16:00 of the clock; 2026-08-07 when somebody asked
    as_of = models.DateTimeField()
    made_at = models.DateTimeField(null=True)  # None while it is being made
    made_by = models.BigIntegerField(null=True)  # nobody: the clock
    row_count = models.IntegerField(default=0)
    filled_count = models.IntegerField(default=0)  # cells that nobody had to type
    unknown_count = models.IntegerField(default=0)
    unknown = models.JSONField(default=list)  # columns with what is missing, never a value
    content = models.BinaryField(null=True)  # sealed; goes after a month, and when the table ends
    byte_count = models.IntegerField(default=0)
    fault_code = models.CharField(max_length=60, default="")

    class Meta:
        indexes = [models.Index(fields=["table", "area_path", "-as_of"], name="filling_of_table")]
        constraints = [
            models.UniqueConstraint(
                fields=["table", "area"],
                condition=models.Q(made_at__isnull=True),
                name="filled_once_at_a_time",
            )
        ]


class TableShare(models.Model):
    """What a table's fillings wrote for one village (or township, where that is a row) at one hour, so that a village
    can see what was asked of it and had not to be typed. Filled twice at one hour, it is counted once."""

    table = models.ForeignKey(DepartmentTable, on_delete=models.CASCADE, related_name="shares")
    area_path = PathField(follows=STAYS)
    filled_on = models.DateField()
    slot = models.CharField(max_length=16)  # as of TableFilling
    filled_count = models.IntegerField()
    unknown_count = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "area_path", "slot"], name="share_once_an_hour")
        ]
        indexes = [models.Index(fields=["area_path", "filled_on"], name="share_of_village")]
