"""叫应: whom to ring, what to say, and who has not answered."""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lianfang.campaigns.models import Campaign, Round
from lianfang.campaigns.operations.reminders import acknowledge_reminder
from lianfang.campaigns.queries.reminders import Call, calls
from lianfang.campaigns.rules import chase_text
from lianfang.campaigns.views.request import attempt, own_area
from lianfang.core.clock import now
from lianfang.core.desk_format import left, night
from lianfang.core.paging import PAGE


@require_GET
def reminders(request: HttpRequest) -> HttpResponse:
    found, moment = calls(request.scope), now()
    silent = [call for call in found if not call.is_answered]
    context = {
        "nav_key": "campaigns",
        "area": own_area(request),
        "silent_count": len(silent),
        "page": Paginator(silent, PAGE).get_page(request.GET.get("page")),
        "answered": [call for call in found if call.is_answered],
        "texts": _texts(silent),
        "moment": moment,
        "may_dial": request.actor.may("worker.dial"),
        "may_answer": request.actor.may("reminder.acknowledge"),
    }
    return render(request, "campaigns/reminders.html", context)


def _texts(silent: list[Call]) -> list[dict[str, object]]:
    """One text a round, with all its areas that have not answered: for the chat group."""
    moment = now()
    by_round: dict[Round, list[Call]] = defaultdict(list)
    for call in silent:
        by_round[call.round].append(call)
    return [
        {
            "round": found,
            "text": chase_text(
                work=_("%(name)s第%(number)d轮") % {"name": found.campaign.name, "number": found.number},
                areas=[(call.area.name, call.owed_count) for call in some],
                due=night(found.due_at, moment),
                left=left(found.due_at, moment),
                duty_phone=settings.DUTY_PHONE,
                unit=_("人") if found.campaign.subject == Campaign.Subject.PERSON else _("户"),
            ),
        }
        for found, some in by_round.items()
    ]


@require_POST
def reminder_answer(request: HttpRequest, reminder_id: int) -> HttpResponse:
    def act() -> str:
        acknowledge_reminder(
            reminder_id=reminder_id,
            note=request.POST.get("note", ""),
            scope=request.scope,
            by=request.actor.id,
        )
        return _("已应答")

    attempt(request, act)
    return redirect("reminders")
