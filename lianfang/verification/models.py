"""A list that was sent down, its rows, where each of them is, who was rung, and what was answered."""

from __future__ import annotations

import builtins

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.areas.models import Area
from lianfang.campaigns.models import Emergency, Round
from lianfang.core.models import STAYS, Follows, PathField
from lianfang.core.sealing import SealedField
from lianfang.verification.reasons import words_of
from lianfang.verification.rows import Bucket

# A list that is closed is history: its rows stay where they were answered.
OPEN = "t.list_id in (select l.id from verification_pushedlist l where l.closed_at is null)"
OF_OPEN = f"t.row_id in (select t.id from verification_pushedrow t where {OPEN})"  # noqa: S608 - constants


class PushedList(models.Model):
    """核查名单: what was sent down, and the clock that runs for it. Only within an emergency. No resident in it: whoever
    has one of its rows reads its number, its deadline and what to say."""

    class State(models.TextChoices):
        RECEIVED = "received", _("已收到")  # stored, not yet read
        SORTED = "sorted", _("已拣")  # matched and sorted; nobody has been called
        OUT = "out", _("已派发")
        RETURNED = "returned", _("已反馈")
        CLOSED = "closed", _("已关闭")

    number = models.CharField(max_length=40)  # 0807-1
    title = models.CharField(max_length=120)  # G6031次同车人员
    sender = models.CharField(max_length=80)
    emergency = models.ForeignKey(Emergency, on_delete=models.PROTECT)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True)  # whose targets its rows became
    county = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField()
    received_at = models.DateTimeField()
    received_by = models.BigIntegerField()
    due_at = models.DateTimeField()
    period_days = models.SmallIntegerField(null=True)  # after which the protocol asks nothing any more
    checked_days = models.SmallIntegerField(default=7)  # an answer of so many days ago still answers
    case_number = models.CharField(max_length=40, default="")  # what a caller gives as proof
    is_urgent = models.BooleanField(default=False)  # its rows may be rung after 22:00
    call_back = models.CharField(max_length=20, default="")  # duty phone of the command post: public
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    row_count = models.IntegerField(default=0)
    sorted_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)  # first dispatch
    returned_at = models.DateTimeField(null=True)  # last return
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county", "number"], name="list_number_once"),
            models.CheckConstraint(
                name="list_due_after_received", condition=models.Q(due_at__gt=models.F("received_at"))
            ),
        ]
        indexes = [models.Index(fields=["area_path", "-received_at"], name="list_area")]


class ListFile(models.Model):
    """The list as it arrived, byte for byte, for the county alone."""

    list = models.OneToOneField(PushedList, on_delete=models.PROTECT, related_name="file")
    area_path = PathField()
    name = models.CharField(max_length=200)
    content = models.BinaryField()  # sealed with the key of the emergency
    rows_done = models.IntegerField(default=0)  # by the job that sorts a large list, while it does
    is_pasted = models.BooleanField(default=False)  # text out of a chat, or typed from a photo
    choices = models.JSONField(default=dict)  # what a person chose of its columns
    understood = models.BinaryField(
        null=True
    )  # sealed JSON: columns, examples, doubts, for the page of the list


_S = PushedList.State
NEXT: dict[str, tuple[str, ...]] = {
    _S.RECEIVED: (_S.SORTED,),
    _S.SORTED: (
        _S.SORTED,
        _S.OUT,
        _S.RETURNED,
    ),  # sorted again after columns were chosen; nothing to send out
    _S.OUT: (_S.OUT, _S.RETURNED),  # what was placed or decided later goes down later
    _S.RETURNED: (_S.OUT, _S.RETURNED, _S.CLOSED),  # the sender asks again, or adds rows
    _S.CLOSED: (),
}


class AnswerCode(models.TextChoices):
    """What a row is answered with. 信息有误 is told as what was wrong: wrong_phone, ticket_refunded, namesake."""

    CONTROLLED = "controlled", _("属实已管控")
    ALREADY_CHECKED = "already_checked", _("已排查重复")
    WRONG_PHONE = "wrong_phone", _("号码非本人")
    TICKET_REFUNDED = "ticket_refunded", _("退票未乘")
    NAMESAKE = "namesake", _("同名")
    NOBODY = "nobody", _("查无此人")
    DEAD_NUMBER = "dead_number", _("空号")
    NOT_HERE = "not_here", _("不在本地")
    PAST_PERIOD = "past_period", _("超期")
    PASSED_THROUGH = "passed_through", _("途经未停留")
    REFUSED = "refused", _("拒绝")
    IN_PROGRESS = "in_progress", _("在核")


class PushedRow(models.Model):
    """条: one row of a list, and where it is. `area_path` is the area that has it now: the county desk, a township, a
    village or a grid."""

    class State(models.TextChoices):
        DECIDING = "deciding", _("像是同一人")  # a person decides who is meant
        DESK = "desk", _("分不下去")  # the county desk finds out where it belongs
        READY = "ready", _("可派发")
        OUT = "out", _("应核")  # with the area of `area_path`
        IN_PROGRESS = "in_progress", _("在核")
        ANSWERED = "answered", _("已核")

    list = models.ForeignKey(PushedList, on_delete=models.PROTECT, related_name="rows", db_index=False)
    sheet = models.CharField(max_length=120)
    row = models.IntegerField()  # as the spreadsheet counts
    area_path = PathField(
        follows=Follows(when=OPEN, codes=(("town_code", "township"), ("village_code", "village")))
    )
    state = models.CharField(max_length=12, choices=State.choices)
    # What the row says.
    name = models.CharField(max_length=60, default="")
    sex = models.CharField(max_length=6, default="")
    birth_on = models.DateField(null=True)
    came_on = models.DateField(null=True)
    said = (
        models.BinaryField()
    )  # sealed JSON with the key of the emergency: every cell, id, phones, addresses
    id_token = models.BinaryField(null=True)  # core.sealing.lookup_token, as register/tokens.py makes them
    phone_token = models.BinaryField(null=True)
    # Whom it means.
    verdict = models.CharField(max_length=8, default="unknown")
    person_id = models.BigIntegerField(null=True)
    household_id = models.BigIntegerField(null=True)
    candidates = models.JSONField(
        default=builtins.list
    )  # [{person_id, verdict, weight, reasons}], best first
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    # What became of it before anybody was called.
    bucket = models.CharField(max_length=12)
    bucket_reasons = models.JSONField(default=builtins.list)  # [[code, values]] of verification/reasons.py
    town_code = models.CharField(max_length=12, default="")  # where it is to be checked
    village_code = models.CharField(max_length=12, default="")
    placed_by = models.CharField(max_length=10, default="")  # register, address, sender, person
    proposed = models.CharField(max_length=120, default="")  # of what is not ours: where to
    same_as_id = models.BigIntegerField(null=True)  # the row that answers for it
    is_urgent = models.BooleanField(default=False)  # may be rung after 22:00
    # Who has it, and what was said last.
    due_at = models.DateTimeField()
    worker_id = models.BigIntegerField(null=True)  # who rings: once, by one worker
    taken_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=16, choices=AnswerCode.choices, default="")
    answer_id = models.BigIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)
    village_confirmed_at = models.DateTimeField(null=True)
    village_confirmed_by = models.BigIntegerField(null=True)
    town_confirmed_at = models.DateTimeField(null=True)
    town_confirmed_by = models.BigIntegerField(null=True)
    show_code = models.CharField(max_length=8, default="")  # what the person shows to the next caller
    attempt_count = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "sheet", "row"], name="pushed_row_once")]
        indexes = [
            models.Index(fields=["list", "area_path", "state"], name="pushed_row_area"),
            models.Index(fields=["area_path", "due_at"], name="pushed_row_due"),
            # With the area: else the planner, before it has counted a new table, takes the index of areas and reads
            # the whole county for each row.
            models.Index(fields=["person_id", "area_path"], name="pushed_row_person"),
            models.Index(fields=["id_token", "area_path"], name="pushed_row_id"),
            models.Index(fields=["phone_token", "area_path"], name="pushed_row_phone"),
            models.Index(
                fields=["same_as_id"], condition=models.Q(same_as_id__isnull=False), name="pushed_row_double"
            ),
        ]

    @property
    def bucket_reason(self) -> str:
        """In the reader's language."""
        return words_of(self.bucket_reasons)


class TestResult(models.TextChoices):
    NEGATIVE = "negative", _("阴性")
    POSITIVE = "positive", _("阳性")
    WAITING = "waiting", _("待出结果")


# What is answered before anybody is called, and by what.
ANSWERED_BY: dict[Bucket, AnswerCode] = {
    Bucket.DOUBLED: AnswerCode.ALREADY_CHECKED,
    Bucket.CHECKED: AnswerCode.ALREADY_CHECKED,
    Bucket.PAST_PERIOD: AnswerCode.PAST_PERIOD,
    Bucket.WATCHED: AnswerCode.CONTROLLED,
    Bucket.NOT_OURS: AnswerCode.NOT_HERE,
}
STATE_OF: dict[Bucket, str] = {
    **dict.fromkeys(ANSWERED_BY, PushedRow.State.ANSWERED),
    Bucket.DECIDE: PushedRow.State.DECIDING,
    Bucket.UNROUTABLE: PushedRow.State.DESK,
    Bucket.OUT: PushedRow.State.READY,
}
# 信息有误: the number on the row is not the person's, and is cut from their record.
CUTS_NUMBER = (AnswerCode.WRONG_PHONE, AnswerCode.DEAD_NUMBER)
# Answers that tell where the person is, and so answer for the same person elsewhere. The others speak of a number, of
# somebody else, or of somebody who could not be reached.
TELLS_OF_PERSON = (
    AnswerCode.CONTROLLED,
    AnswerCode.ALREADY_CHECKED,
    AnswerCode.NOT_HERE,
    AnswerCode.PAST_PERIOD,
    AnswerCode.PASSED_THROUGH,
)
# Nobody is called 查无此人 or 空号 whom nobody has tried to reach three times.
NEEDS_ATTEMPTS = (AnswerCode.NOBODY,)


class Hop(models.Model):
    """派发, 退回: a row went from one area to another; it is signed for where it arrives."""

    class Kind(models.TextChoices):
        DOWN = "down", _("派发")
        BACK = "back", _("退回")  # 非我辖区: upward only, with the area proposed
        UP = "up", _("上报")

    row = models.ForeignKey(PushedRow, on_delete=models.PROTECT, related_name="hops")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    from_path = PathField(follows=STAYS)
    area_path = PathField(follows=STAYS)  # where it went
    proposed = models.CharField(max_length=120, default="")
    reason = models.CharField(max_length=200, default="")
    sent_at = models.DateTimeField()
    sent_by = models.BigIntegerField(null=True)  # nobody: sent by the system
    signed_at = models.DateTimeField(null=True)
    signed_by = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["row", "sent_at"], name="hop_of_row")]


class Answer(models.Model):
    """核查结果: append-only; a correction is a new answer that supersedes."""

    row = models.ForeignKey(PushedRow, on_delete=models.PROTECT, related_name="answers")
    area_path = PathField(follows=Follows(when=OF_OPEN))
    code = models.CharField(max_length=16, choices=AnswerCode.choices)
    note = SealedField(key="register", purpose="answer.note", null=True)  # whereabouts, in words
    present_place = SealedField(key="register", purpose="answer.present_place", null=True)
    measure = models.CharField(max_length=30, default="")  # level of watch
    tested_on = models.DateField(null=True)
    test_result = models.CharField(max_length=10, default="")  # negative, positive, waiting
    evidence = SealedField(key="register", purpose="answer.evidence", null=True)
    owner_id = models.BigIntegerField(null=True)  # of 在核: the worker who has it
    channel = models.CharField(max_length=8, default="phone")
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    by = models.BigIntegerField(null=True)  # the worker; nobody: answered from the register
    from_row_id = models.BigIntegerField(
        null=True
    )  # an earlier row of the same person that answers for this one
    visit_id = models.UUIDField(null=True)
    operation_id = models.UUIDField(null=True)  # of the phone that told it
    # The number that this answer took out of somebody's record; a correction puts it back.
    cut_person_id = models.BigIntegerField(null=True)
    cut_phone = SealedField(key="register", purpose="answer.cut_phone", null=True)
    # The target that this answer added to the sweep that had missed it; a correction asks to take it off again.
    found_household_id = models.BigIntegerField(null=True)
    found_person_id = models.BigIntegerField(null=True)  # 0: the household itself
    supersedes_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["row", "received_at"], name="answer_of_row")]


class Call(models.Model):
    """One time that somebody was rung for a row: whoever asks next sees it and does not ring again. Append-only."""

    class Outcome(models.TextChoices):
        REACHED = "reached", _("接通")
        NO_ANSWER = "no_answer", _("没人接")
        BUSY = "busy", _("占线")
        DEAD = "dead", _("空号")
        NOT_THE_PERSON = "not_the_person", _("不是本人")
        OBJECTED = "objected", _("本人有异议")

    row = models.ForeignKey(PushedRow, on_delete=models.PROTECT, related_name="calls")
    area_path = PathField(follows=Follows(when=OF_OPEN))
    person_id = models.BigIntegerField(null=True)
    phone_token = models.BinaryField(null=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    note = SealedField(key="register", purpose="call.note", null=True)  # what somebody objects to
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    by = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["row", "happened_at"], name="call_of_row"),
            models.Index(fields=["phone_token", "happened_at"], name="call_of_phone"),
            models.Index(fields=["person_id", "happened_at"], name="call_of_person"),
        ]


class ListReminder(models.Model):
    """Whoever is about to be late hears of it: at 50, 75 and 90 % of the time, and at its end."""

    list = models.ForeignKey(PushedList, on_delete=models.PROTECT, related_name="reminders")
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField(follows=Follows(when=OPEN, if_wider="acknowledged_note = t.acknowledged_note"))
    threshold = models.SmallIntegerField()
    open_count = models.IntegerField()
    worker_id = models.BigIntegerField(null=True)
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.BigIntegerField(null=True)
    acknowledged_note = models.CharField(max_length=120, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "area", "threshold"], name="list_reminded_once")
        ]


class Return(models.Model):
    """反馈: the sender's file went back, with its counts. As many times as the sender asks."""

    list = models.ForeignKey(PushedList, on_delete=models.PROTECT, related_name="returns")
    area_path = PathField(follows=STAYS)
    number = models.SmallIntegerField()
    counts = models.JSONField()  # answer code → rows; they add up to the rows of the list
    returned_at = models.DateTimeField()
    returned_by = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "number"], name="return_once")]
