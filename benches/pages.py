"""K9 and K8: the whole demo county made and loaded; then every page of the desk, timed inside the server."""

from __future__ import annotations

import importlib
import os
import time

from benches.setting import Installation, percentile_ms, report, seconds

PEOPLE = 760_000
TIMES = 15
MOST_QUERIES = 12


def run(installation: Installation) -> None:
    from lianfang.core import clock
    from lianfang.core.scope import ROOT, Scope, scoped
    from lianfang.demo.loading import load
    from lianfang.demo.people import AS_OF
    from lianfang.register.models import Person

    with installation.superuser() as database:
        took = seconds(lambda: load(PEOPLE, analyze=lambda: database.execute("analyze")))
    with scoped(Scope.over([ROOT], purpose="bench")):
        count = Person.objects.count()
    assert abs(count - PEOPLE) < PEOPLE * 0.01, count
    report("K9", f"{count:,} people made and loaded", f"{took:.0f} s", "≤ 300 s", is_met=took <= 300)
    # As the web process starts: its objects, and what loading left behind, are set aside from garbage collection.
    importlib.import_module("lianfang.config.wsgi")
    with clock.frozen(clock.at(AS_OF, 21, 5)):
        for name, url in _addresses().items():
            _page(name, url)


def _addresses() -> dict[str, str]:
    """One address a page, at the level where it has most to show."""
    from django.urls import reverse

    from lianfang.campaigns.models import Round, Visit
    from lianfang.core.scope import ROOT, Scope, scoped
    from lianfang.register.models import Household

    with scoped(Scope.over([ROOT], purpose="bench")):
        found = Round.objects.filter(closed_at__isnull=True, frozen_at__isnull=False).latest("pk")
        visited = Visit.objects.filter(area_path__gte="cn.43.05.81.107.", area_path__lt="cn.43.05.81.107/")
        household = Household.objects.filter(pk__in=visited.values("household_id")).order_by("pk").first()
    plain = (
        "today",
        "campaigns",
        "orders",
        "exemptions",
        "reminders",
        "people",
        "register",
        "held",
        "close",
        "figures",
    )
    pages = {name: reverse(name) for name in plain}
    for code in ("430581", "430581107", "430581107221"):
        pages[f"coverage {code}"] = reverse("coverage", args=[found.pk, code])
    pages["names of a county"] = reverse("coverage_names", args=[found.pk, "430581"]) + "?state=open"
    pages["campaign_new"] = reverse("campaign_new")
    pages["assign"] = reverse("assign", args=[found.pk])
    pages["household"] = reverse("household", args=[household.pk])
    pages["visit"] = reverse("visit", args=[household.pk]) + f"?round={found.pk}"
    pages["find by name"] = reverse("find") + "?q=易春华"
    pages["find by initials"] = reverse("find") + "?q=ych"
    return pages


def _page(name: str, url: str) -> None:
    from django.db import connection
    from django.test import Client

    from lianfang.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username="demo-data-officer"))
    asked = client.get(url, follow=True)
    assert asked.status_code == 200, (name, url, asked.status_code)
    url = asked.redirect_chain[-1][0] if asked.redirect_chain else url
    statements: list[tuple[float, str]] = []

    def note(execute, sql, params, many, context):
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            statements.append((time.perf_counter() - started, sql))

    with connection.execute_wrapper(note):
        client.get(url)
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        client.get(url)
        times.append(time.perf_counter() - started)
    # Session, account and rights are asked at each request, and counted; opening and closing the transaction is not.
    queries = [
        sql
        for _, sql in statements
        if not sql.startswith(("SAVEPOINT", "RELEASE", "select set_config", "set local"))
    ]
    value = percentile_ms(times, 0.95)
    is_met = value <= 150 and len(queries) <= MOST_QUERIES
    report("K8", name, f"p95 {value:.0f} ms, {len(queries)} queries", "≤ 150 ms, ≤ 12 queries", is_met=is_met)
    if os.environ.get("LIANFANG_BENCH_QUERIES"):
        for spent, sql in statements:
            print(f"      {spent * 1000:6.1f} ms  {' '.join(sql.split())[:150]}")
