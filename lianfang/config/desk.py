"""What every page of the desk shows around its own content."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from lianfang.campaigns.queries import running_emergency
from lianfang.core.clock import local, now

# key, label, icon, route name, permission, section
NAVIGATION = (
    ("today", _("今天"), "home", "today", "coverage.read", 1),
    ("campaigns", _("专项任务"), "grid", "campaigns", "campaign.read", 1),
    ("register", _("人口底册"), "book", "register", "register.read", 1),
    ("held", _("待处理"), "inbox", "held", "intake.settle", 1),
    ("close", _("日清日结"), "check", "close", "report.read", 2),
    ("figures", _("报表与指标"), "chart", "figures", "report.read", 2),
    ("people", _("值班与人员"), "users", "people", "area.read", 2),
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
    return {**common, "nav": _navigation(actor), "emergency": running_emergency()}


def _navigation(actor: Any) -> list[dict[str, Any]]:
    items = []
    for key, label, icon, name, permission, section in NAVIGATION:
        if not actor.may(permission):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:  # a room that is not built yet has no entry
            continue
        items.append({"key": key, "label": label, "icon": icon, "url": url, "section": section})
    return items
