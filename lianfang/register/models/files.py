"""Sheets that arrived, what became of their rows, and what was learned of their layouts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.areas.models import Area
from lianfang.core.models import PathField


class ImportFile(models.Model):
    """A sheet as it arrived, byte for byte and sealed, with what became of its rows."""

    class State(models.TextChoices):
        RECEIVED = "received", _("已收到")
        CHECKING = "checking", _("正在检查")
        CHECKED = "checked", _("等着收")
        TAKING = "taking", _("正在收")
        TAKEN = "taken", _("已收")
        CANCELLED = "cancelled", _("已停下")
        FAILED = "failed", _("读不了")

    name = models.CharField(max_length=200)
    content = models.BinaryField()  # sealed with the register key
    byte_count = models.IntegerField(default=0)
    is_pasted = models.BooleanField(default=False)  # text out of a chat; else a file
    county = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField()
    received_at = models.DateTimeField()
    received_by = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    state_at = models.DateTimeField(null=True)
    run = models.IntegerField(default=0)  # counts checks and takings; a job of an older run changes nothing
    fault_code = models.CharField(max_length=60, default="")  # of the Problem that ended the last run
    fault_detail = models.CharField(max_length=240, default="")
    rows_done = models.IntegerField(default=0)  # of the run going on
    rows_known = models.IntegerField(default=0)
    row_count = models.IntegerField(default=0)
    taken_count = models.IntegerField(default=0)
    rejected_count = models.IntegerField(default=0)
    choices = models.JSONField(default=dict)  # what a person chose: sheet → columns, or left out
    views = models.BinaryField(
        null=True
    )  # sealed: sheets and columns as the last check saw them, with samples
    mapping = models.JSONField(default=dict)  # sheet → field → header as written
    outcome = models.JSONField(
        default=dict
    )  # of the check: counts by code, sheets and columns, never a value
    checked_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)  # None: stored and checked, not taken into the register
    removed_at = models.DateTimeField(
        null=True
    )  # put aside; can be brought back until the content is deleted
    removed_by = models.BigIntegerField(null=True)

    @property
    def is_busy(self) -> bool:
        return self.state in (self.State.CHECKING, self.State.TAKING)


_S = ImportFile.State
NEXT: dict[str, tuple[str, ...]] = {
    _S.RECEIVED: (_S.CHECKING,),
    _S.CHECKING: (_S.CHECKED, _S.FAILED, _S.CANCELLED),
    _S.CHECKED: (_S.CHECKING, _S.TAKING),
    _S.TAKING: (_S.TAKEN, _S.FAILED, _S.CANCELLED),
    _S.TAKEN: (_S.TAKING,),  # again, when addresses of its rows were read in the meantime
    # Nothing of either was stored: both can be checked again, and taken when a check once went through.
    _S.CANCELLED: (_S.CHECKING, _S.TAKING),
    _S.FAILED: (_S.CHECKING, _S.TAKING),
}


class RowFinding(models.Model):
    """A fault of one cell of a file: where, what, and whether its row is taken all the same. Never the value."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="findings")
    area_path = PathField()
    sheet = models.CharField(max_length=120)
    row = models.IntegerField()  # as the spreadsheet counts
    column = models.CharField(max_length=200, default="")  # the header as written
    code = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    is_taken = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["file", "code"], name="row_finding_code")]


class RawRow(models.Model):
    """What a row had written where it differs from what was stored; of a row not taken, all of it.

    Sealed with the key of what it carries: the register's.
    """

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="raw_rows")
    area_path = PathField()
    sheet = models.CharField(max_length=120)
    row = models.IntegerField()
    person_id = models.BigIntegerField(null=True)  # None: the row was not taken, or is a vacant door
    cells = models.BinaryField()  # sealed JSON {header: as written}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "sheet", "row"], name="raw_row_once")]
        indexes = [models.Index(fields=["person_id"], name="raw_row_person")]


class SheetLayout(models.Model):
    """How the columns of a layout were read the last time a person said so. Headers and fields, no cell below them."""

    area_path = PathField()
    digest = models.CharField(max_length=40)  # of the header row
    columns = models.JSONField(default=dict)
    chosen_at = models.DateTimeField()
    chosen_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area_path", "digest"], name="layout_once")]
