from __future__ import annotations

from django.conf import settings
from django.contrib import auth, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianfang.accounts import operations
from lianfang.accounts.middleware import CHOSEN
from lianfang.accounts.models import Grant, User
from lianfang.accounts.queries import fits_ranges, get_actor
from lianfang.areas.models import Area
from lianfang.core import audit
from lianfang.core.clock import now
from lianfang.core.problems import Problem


@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    problem, status = None, 200
    if request.method == "GET" and steps_done() != FIRST_STEPS:
        return redirect("first_run")
    if request.method == "POST":
        try:
            user = operations.check_password(
                username=request.POST.get("username", ""), password=request.POST.get("password", "")
            )
            auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            return redirect(_next(request))
        except Problem as refused:  # stays on the page: the count of wrong tries must be kept
            problem, status = refused, refused.status
    cast = _cast() if settings.DEMO else []
    return render(
        request,
        "accounts/login.html",
        {"problem": problem, "cast": cast, "next": _next(request), "demo": settings.DEMO},
        status=status,
    )


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    return redirect("login")


@require_POST
def demo_login(request: HttpRequest) -> HttpResponse:
    """One click for the cast. Exists in a demonstration only."""
    if not settings.DEMO:
        raise Http404
    cast = User.objects.filter(username__startswith="demo-", is_active=True)
    user = get_object_or_404(cast, username=request.POST.get("username", ""))
    auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    audit.record("account.sign_in", "user", user.pk, by=user.pk, demo=True)
    return redirect(_next(request))


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    code = request.POST.get("language", "")
    response = redirect(_next(request))
    if check_for_language(code):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=365 * 24 * 3600, samesite="Lax")
    return response


FIRST_STEPS = frozenset({"areas", "user"})


def steps_done() -> frozenset[str]:
    """What an installation has of what nobody can sign in without."""
    return frozenset(
        step for step, model in (("areas", Area), ("user", User)) if model._default_manager.exists()
    )


def first_run(request: HttpRequest) -> HttpResponse:
    """What to do on an empty installation; once it is done, the way to sign in."""
    done = steps_done()
    if done == FIRST_STEPS:
        return redirect("login")
    return render(request, "core/first_run.html", {"steps_done": done, "login_url": reverse("login")})


@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """What this account may do, where, and until when; and its password."""
    actor, problem = request.actor, None
    if request.method == "POST":
        try:
            operations.change_password(
                user=actor.user, old=request.POST.get("old", ""), new=request.POST.get("new", "")
            )
            auth.update_session_auth_hash(request, actor.user)
            messages.success(request, _("密码已改。"))
            return redirect("me")
        except Problem as refused:
            problem = refused
    context = {
        "grants": actor.grants,
        "problem": problem,
        "is_choosing": CHOSEN in request.session,
        "moment": now(),
    }
    return render(request, "accounts/me.html", context, status=problem.status if problem else 200)


@require_http_methods(["GET", "POST"])
def choose_areas(request: HttpRequest) -> HttpResponse:
    """For who answers for more than four separate areas: which ones to work with now."""
    grants = get_actor(request.actor.user).grants
    if fits_ranges(grants):
        request.session.pop(CHOSEN, None)
        return redirect(_next(request))
    problem = None
    if request.method == "POST":
        wanted = request.POST.getlist("grant")
        try:
            request.session[CHOSEN] = operations.choose_areas(
                grants=[grant for grant in grants if str(grant.pk) in wanted], by=request.actor.id
            )
            return redirect(_next(request))
        except Problem as refused:
            problem = refused
    context = {
        "grants": grants,
        "chosen": set(request.session.get(CHOSEN, ())),
        "next": _next(request),
        "problem": problem,
    }
    return render(request, "accounts/choose_areas.html", context, status=problem.status if problem else 200)


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else "/"


def _cast() -> list[dict[str, str]]:
    """One entry each, whatever number of areas they hold."""
    grants = Grant.objects.select_related("user", "area").order_by("area_path", "pk")
    held: dict[str, list[Grant]] = {}
    for grant in grants.filter(user__username__startswith="demo-"):
        held.setdefault(grant.user.username, []).append(grant)
    return [
        {
            "username": username,
            "name": own[0].user.name,
            "role": own[0].title or own[0].get_role_display(),
            "area": "、".join(grant.area.name for grant in own),
        }
        for username, own in held.items()
    ]
