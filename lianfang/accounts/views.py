from __future__ import annotations

from django.conf import settings
from django.contrib import auth
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_http_methods, require_POST

from lianfang.accounts import operations
from lianfang.accounts.models import Grant, User
from lianfang.core import audit
from lianfang.core.problems import Problem


@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    problem, status = None, 200
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
    user = get_object_or_404(User, username=request.POST.get("username", ""), is_active=True)
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


def me(request: HttpRequest) -> HttpResponse:
    """What this account may do, where, and until when."""
    return render(request, "accounts/me.html", {"grants": request.actor.grants})


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else "/"


def _cast() -> list[dict[str, str]]:
    grants = Grant.objects.select_related("user", "area").order_by("area_path", "pk")
    cast = [grant for grant in grants.filter(user__username__startswith="demo-")]
    return [
        {
            "username": g.user.username,
            "name": g.user.name,
            "role": g.title or g.get_role_display(),
            "area": g.area.name,
        }
        for g in cast
    ]
