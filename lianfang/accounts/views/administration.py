"""The data officer's pages: who has which role, where, until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianfang.accounts import operations
from lianfang.accounts.models import Grant, Role, User
from lianfang.accounts.queries import (
    RUNNING,
    AccountFilter,
    Actor,
    get_account,
    get_grant,
    grants_in,
)
from lianfang.accounts.rules import LONGEST_GRANT_DAYS, MAY_GIVE, ROLE_LEVELS
from lianfang.areas.models import Area
from lianfang.areas.queries import named_in, offered
from lianfang.core.clock import now, today
from lianfang.core.desk_format import table_time
from lianfang.core.downloads import LARGEST_ROWS, xlsx_response
from lianfang.core.paging import PAGE
from lianfang.core.problems import Problem

USUAL_DAYS = 90


@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    wanted = _filter(request)
    page = Paginator(grants_in(request.scope, wanted), PAGE).get_page(request.GET.get("page"))
    request.looked_at = {"path": request.actor.home.area_path, "count": len(page.object_list)}
    context = {
        "nav_key": "administration",
        "page": page,
        "wanted": wanted,
        "roles": Role.choices,
        "moment": now(),
    }
    return render(request, "accounts/accounts.html", context)


@require_GET
def accounts_sheet(request: HttpRequest) -> HttpResponse:
    """The same list, whole, as Excel."""
    grants = list(grants_in(request.scope, _filter(request))[:LARGEST_ROWS])
    request.looked_at = {"path": request.actor.home.area_path, "count": len(grants), "reason": "download"}
    header = [
        _("姓名"),
        _("账号"),
        _("岗位"),
        _("职务"),
        _("辖区"),
        _("辖区代码"),
        _("开始"),
        _("到期"),
        _("最近登录"),
    ]
    rows = (
        (
            grant.user.name,
            grant.user.username,
            str(Role(grant.role).label),
            grant.title,
            grant.area.name,
            grant.area.code,
            table_time(grant.starts_at),
            table_time(grant.ends_at),
            table_time(grant.user.last_seen_at) if grant.user.last_seen_at else "",
        )
        for grant in grants
    )
    return xlsx_response(_("账号与岗位"), header, rows)


@require_http_methods(["GET", "POST"])
def account_add(request: HttpRequest) -> HttpResponse:
    """A new account. The first password stands on the answer to the POST, and nowhere else."""
    problem, status = None, 200
    if request.method == "POST":
        try:
            user, password = operations.open_account(
                username=request.POST.get("username", ""),
                name=request.POST.get("name", ""),
                giver=request.actor,
                **_gift(request),
            )
            return _password_page(request, user, password)
        except Problem as refused:
            problem, status = refused, refused.status
    context = {"values": request.POST, "problem": problem, **_choices(request)}
    return render(request, "accounts/account_add.html", context, status=status)


@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account with its roles in one's own areas; another role is given here."""
    user = get_account(request.scope, user_id)
    problem, status = None, 200
    if request.method == "POST":
        try:
            operations.give_role(user=user, giver=request.actor, **_gift(request))
            messages.success(request, _("岗位已给。"))
            return redirect("account", user_id)
        except Problem as refused:
            problem, status = refused, refused.status
    grants = Grant.objects.filter(request.scope.q(), user=user).select_related("area__parent", "granted_by")
    request.looked_at = {"path": request.actor.home.area_path, "count": 1}
    context = {
        "account": user,
        "grants": grants.order_by("-ends_at", "pk"),
        "moment": now(),
        "is_own": user.pk == request.actor.id,
        "values": request.POST,
        "problem": problem,
        **_choices(request),
    }
    return render(request, "accounts/account.html", context, status=status)


@require_POST
def grant_end(request: HttpRequest, grant_id: int) -> HttpResponse:
    grant = get_grant(request.scope, grant_id)
    operations.take_role(grant=grant, giver=request.actor)
    messages.success(request, _("%(name)s 的岗位已收回，下一次点击就生效。") % {"name": grant.user.name})
    return redirect("account", grant.user_id)


@require_POST
def account_password(request: HttpRequest, user_id: int) -> HttpResponse:
    user = get_account(request.scope, user_id)
    return _password_page(request, user, operations.reset_password(user=user, giver=request.actor))


def _password_page(request: HttpRequest, user: User, password: str) -> HttpResponse:
    response = render(
        request,
        "accounts/first_password.html",
        {"nav_key": "administration", "account": user, "password": password},
    )
    response["Cache-Control"] = "no-store"
    return response


def _filter(request: HttpRequest) -> AccountFilter:
    wanted = AccountFilter(
        text=request.GET.get("q", "").strip()[:60],
        role=request.GET.get("role", ""),
        state=request.GET.get("state", RUNNING),
        sort=request.GET.get("sort", "area"),
    )
    return wanted if wanted.role in ("", *Role.values) else replace(wanted, role="")


def _gift(request: HttpRequest) -> dict[str, Any]:
    """Role, area, end and title of a form. Raises for an area that is unknown, ambiguous or outside."""
    try:
        ends_on = dt.date.fromisoformat(request.POST.get("ends_on", ""))
    except ValueError:
        raise Problem("access.bad_end") from None
    return {
        "role": request.POST.get("role", ""),
        "area": named_in(request.scope, request.POST.get("area", "")),
        "ends_on": ends_on,
        "title": request.POST.get("title", ""),
    }


def _choices(request: HttpRequest) -> dict[str, Any]:
    actor: Actor = request.actor
    own = {grant.role for grant in actor.grants}
    given = frozenset[str]().union(*(MAY_GIVE.get(role, frozenset()) for role in own))
    day = today()
    return {
        "nav_key": "administration",
        "roles": [
            (role, label, "、".join(str(Area.Level(level).label) for level in ROLE_LEVELS[role]))
            for role, label in Role.choices
            if role in given
        ],
        "areas": offered(request.scope),
        "first_day": day.isoformat(),
        "last_day": (day + dt.timedelta(days=LONGEST_GRANT_DAYS)).isoformat(),
        "usual_day": (day + dt.timedelta(days=USUAL_DAYS)).isoformat(),
    }
