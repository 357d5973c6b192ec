"""What every page of the desk shows around its own content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from lianfang.campaigns.models import Emergency
from lianfang.campaigns.queries.emergencies import running_emergencies
from lianfang.core.clock import local, now
from lianfang.intake.queries import held_count, held_counted
from lianfang.verification.queries.desk import running_counted

# key, label, icon, route name, permission, section
NAVIGATION = (
    ("today", _("今天"), "home", "today", "coverage.read", 1),
    ("lists", _("核查名单"), "list", "lists", "list.check", 1),
    ("campaigns", _("专项任务"), "grid", "campaigns", "campaign.read", 1),
    ("register", _("人口底册"), "book", "register", "register.read", 1),
    ("entry", _("补录"), "edit", "entry", "visit.record", 1),
    ("held", _("待处理"), "inbox", "held", "intake.settle", 1),
    ("close", _("日清日结"), "check", "close", "report.read", 2),
    ("figures", _("报表与指标"), "chart", "figures", "report.read", 2),
    ("tables", _("部门报表"), "file", "department_tables", "report.read", 2),
    ("people", _("值班与人员"), "users", "people", "area.read", 2),
    ("devices", _("手机"), "phone", "devices", "device.manage", 2),
    ("administration", _("管理"), "gear", "administration", "account.manage", 3),
    ("audit", _("查看记录"), "list", "audit", "audit.read", 3),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html: clock, emergency line, navigation by right."""
    moment = local(now())
    common = {
        "demo": settings.DEMO,
        "now": moment,
        "theme": request.COOKIES.get("theme", ""),
        "actor": getattr(request, "actor", None),
    }
    actor = common["actor"]
    if actor is None or request.failed:  # after a failure the transaction answers nothing more
        return common
    emergency, counts = _emergency_and_counts(actor)
    return {**common, "nav": _navigation(actor, counts), "emergency": emergency}


def _emergency_and_counts(actor: Any) -> tuple[Emergency | None, dict[str, int]]:
    """The emergency that runs, how much waits for this person, and how many lists run: one statement while one does.
    Without an emergency there is no list."""
    counted: dict[str, Any] = {}
    if actor.may("intake.settle"):
        counted["held"] = held_counted(actor.scope_for("intake.settle"))
    if actor.may("list.check"):
        counted["lists"] = running_counted(actor.scope_for("list.check"), is_county=actor.may("list.take"))
    found = (
        running_emergencies().annotate(**{f"{key}_count": value for key, value in counted.items()}).first()
    )
    if found:
        return found, {key: getattr(found, f"{key}_count") for key in counted}
    return None, {"held": held_count(actor.scope_for("intake.settle"))} if "held" in counted else {}


def _navigation(actor: Any, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    items = []
    for key, label, icon, name, permission, section in NAVIGATION:
        if not actor.may(permission):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:  # a room that is not built yet has no entry
            continue
        item = {"key": key, "label": label, "icon": icon, "url": url, "section": section}
        items.append({**item, "count": counts.get(key, 0)})
    return items
