"""K9 and K8: the whole demo county made and loaded; then every page of the desk, timed inside the server."""

from __future__ import annotations

import os
import time

from benches.setting import Installation, percentile_ms, report, seconds

PEOPLE = 760_000
TIMES = 15
MOST_QUERIES = 12


def run(installation: Installation) -> None:
    from lianfang import demo
    from lianfang.core.scope import ROOT, Scope, scoped
    from lianfang.register.models import Person

    took = seconds(lambda: demo.load(PEOPLE))
    with scoped(Scope.over([ROOT], purpose="bench")):
        count = Person.objects.count()
    assert abs(count - PEOPLE) < PEOPLE * 0.01, count
    report("K9", f"{count:,} people made and loaded", f"{took:.0f} s", "≤ 300 s", is_met=took <= 300)
    for name, url in _addresses().items():
        _page(name, url)


def _addresses() -> dict[str, str]:
    """One address a page, at the level where it has most to show."""
    from django.urls import reverse

    from lianfang.campaigns.models import Round
    from lianfang.core.scope import ROOT, Scope, scoped
    from lianfang.register.models import Household

    with scoped(Scope.over([ROOT], purpose="bench")):
        found = Round.objects.filter(closed_at__isnull=True, frozen_at__isnull=False).latest("pk")
        household = Household.objects.filter(area_path__startswith="cn.43.05.81.107.").order_by("pk").first()
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
    from django.test.utils import CaptureQueriesContext

    from lianfang.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username="demo-data-officer"))
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, (name, url, response.status_code)
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        client.get(url)
        times.append(time.perf_counter() - started)
    # Session, account, transaction and token are not the page's own, but they are the server's: all are counted.
    queries = sum(
        1
        for query in captured.captured_queries
        if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))
    )
    value = percentile_ms(times, 0.95)
    is_met = value <= 150 and queries <= MOST_QUERIES
    report("K8", name, f"p95 {value:.0f} ms, {queries} queries", "≤ 150 ms, ≤ 12 queries", is_met=is_met)
    if os.environ.get("LIANFANG_BENCH_QUERIES"):
        for query in captured.captured_queries:
            print("      ", query["time"], query["sql"][:160])
