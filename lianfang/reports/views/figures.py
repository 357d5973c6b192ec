"""The catalogue of figures with their values for one area, and the list behind each."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lianfang.areas.models import Area
from lianfang.areas.queries import children, get_chain
from lianfang.campaigns.models import Round
from lianfang.campaigns.models.visits import Channel, Outcome
from lianfang.campaigns.queries.rounds import rounds_in
from lianfang.core import clock
from lianfang.core.desk_format import rate, table_time
from lianfang.core.downloads import xlsx_response
from lianfang.core.problems import Problem
from lianfang.reports import wording
from lianfang.reports.figures import BY_KEY, FIGURES, Figure, Reading, Value, read
from lianfang.reports.queries.day import Day
from lianfang.reports.queries.figure_names import Behind, NamePage, NameRow, names_behind
from lianfang.reports.queries.used import questions_used
from lianfang.reports.views.asking import asked_day, asked_round_id

MOST_ROWS = 5_000
ROUNDS_TO_PICK = 12


@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    return redirect("figures_of", request.actor.home.area.code)


@require_GET
def figures_of(request: HttpRequest, code: str) -> HttpResponse:
    chain, rounds, found, day = asked_round(request, code)
    area = chain[-1]
    values = read(Reading(request.scope, found, area, day)) if found else {}
    kept = {key: request.GET[key] for key in ("round", "day") if key in request.GET}
    q = request.GET.get("q", "").strip()
    shown = [figure for figure in FIGURES if not q or q in str(figure.name) or q in str(figure.meaning)]
    see_names = request.actor.may("target.read") and request.actor.scope_for("target.read").covers(area.path)
    groups: dict[str, list[dict[str, Any]]] = {}
    for figure in shown:
        if found is None:
            break
        groups.setdefault(str(figure.group), []).append(
            {
                "figure": figure,
                "value": values[figure.key],
                "unit": figure.unit or wording.unit(found.campaign),
                "url": behind(figure, area, found, day) if see_names else "",
                "page_url": reverse("figure_page", args=[area.code, figure.key])
                + (f"?{urlencode(kept)}" if kept else ""),
            }
        )
    tops = [one for one in chain if one.path.startswith(request.actor.home.area_path) or one is area]
    context = {
        "area": area,
        "day": day,
        "round": found,
        "work": _work(found) if found else "",
        "rounds": [
            {"name": _work(one), "url": f"?{urlencode({**kept, 'round': one.pk})}", "is_here": one == found}
            for one in rounds[:ROUNDS_TO_PICK]
        ],
        "path": [{"name": one.name, "url": url_of(one, kept)} for one in tops],
        "groups": [{"name": name, "rows": rows} for name, rows in groups.items()],
        "row_count": len(shown),
        "children": [{"name": one.name, "url": url_of(one, kept)} for one in children(area)],
        "questions_url": reverse("figure_questions", args=[area.code])
        + (f"?{urlencode(kept)}" if kept else ""),
        "kept": list(kept.items()),
        "q": q,
        "nav_key": "figures",
        "data_as_of": day.end,
    }
    return render(request, "reports/figures.html", context)


@require_GET
def figure_questions(request: HttpRequest, code: str) -> HttpResponse:
    """Questions that department tables count: a part of the catalogue that comes after the page."""
    chain, _rounds, found, day = asked_round(request, code)
    questions = questions_used(request.scope, chain[-1], day, found) if found else []
    return render(request, "reports/_figure_questions.html", {"questions": questions})


@require_GET
def figures_sheet(request: HttpRequest, code: str) -> HttpResponse:
    chain, _rounds, found, day = asked_round(request, code)
    if found is None:
        raise Problem("reports.nothing_to_close", area=chain[-1].name)
    values = read(Reading(request.scope, found, chain[-1], day))
    head = [_("指标"), _("数"), _("单位"), _("口径"), _("辖区"), _("任务"), _("截至时间")]
    rows = [
        [
            str(figure.name),
            _said(figure, values[figure.key]),
            str(figure.unit or wording.unit(found.campaign)),
            str(figure.meaning),
            chain[-1].name,
            _work(found),
            table_time(day.end),
        ]
        for figure in FIGURES
    ]
    return xlsx_response(f"{chain[-1].name}-指标-{day.date:%m%d}", head, rows)


@require_GET
def figure_names(request: HttpRequest, code: str, key: str) -> HttpResponse:
    figure, area, found, day, listed = _listed(request, code, key)
    value = read(Reading(request.scope, found, area, day), [figure])[figure.key]
    kept = {name: request.GET[name] for name in ("round", "day") if name in request.GET}
    request.looked_at = {"path": area.path, "count": listed.total_count, "reason": key}
    context = {
        "area": area,
        "day": day,
        "round": found,
        "work": _work(found),
        "figure": figure,
        "value": value,
        "unit": figure.unit or wording.unit(found.campaign),
        "page": listed,
        "rows": [
            {"row": row, "channel": _channel(row), "said": _row_said(figure, row)} for row in listed.rows
        ],
        "kept": list(kept.items()),
        "q": request.GET.get("q", ""),
        "back_url": url_of(area, kept),
        "sheet_url": reverse("figure_names_sheet", args=[area.code, key]) + f"?{urlencode(kept)}",
        "nav_key": "figures",
        "data_as_of": day.end,
    }
    return render(request, "reports/figure_names.html", context)


@require_GET
def figure_names_sheet(request: HttpRequest, code: str, key: str) -> HttpResponse:
    figure, area, _found, day, listed = _listed(request, code, key, size=MOST_ROWS)
    request.looked_at = {"path": area.path, "count": len(listed.rows), "reason": f"xlsx {key}"}
    head = [_("村、社区"), _("门"), _("姓名"), _("时间"), _("方式"), _("情况"), _("谁去的")]
    rows = [
        [
            row.village,
            row.place,
            row.name,
            table_time(row.happened_at),
            _channel(row),
            _row_said(figure, row),
            row.worker,
        ]
        for row in listed.rows
    ]
    return xlsx_response(f"{area.name}-{figure.name}-{day.date:%m%d}", head, rows)


def asked_round(request: HttpRequest, code: str) -> tuple[list[Area], list[Round], Round | None, Day]:
    chain = get_chain(code)
    inside = request.scope.within(chain[-1].path)
    rounds = list(rounds_in(inside))
    wanted = asked_round_id(request)
    if wanted is not None:
        found = next((one for one in rounds if one.pk == wanted), None)
        if found is None:
            raise Problem("campaigns.unknown")
    else:
        running = [one for one in rounds if one.closed_at is None and one.opens_at <= clock.now()]
        found = min(running or rounds, key=lambda one: (one.due_at, one.pk), default=None)
    return chain, rounds, found, asked_day(request.GET.get("day", ""))


def _listed(
    request: HttpRequest, code: str, key: str, **more: Any
) -> tuple[Figure, Area, Round, Day, NamePage]:
    figure = BY_KEY.get(key)
    if figure is None or figure.behind[:1] != ("names",):
        raise Problem("reports.unknown_figure")
    chain, _rounds, found, day = asked_round(request, code)
    if found is None:
        raise Problem("campaigns.unknown")
    number = request.GET.get("page", "1")
    listed = names_behind(
        request.scope,
        found,
        chain[-1],
        day,
        Behind(
            figure.behind[1],
            figure.behind[2],
            request.GET.get("q", "").strip(),
            int(number) if number.isdecimal() else 1,
            **more,
        ),
    )
    return figure, chain[-1], found, day, listed


def behind(figure: Figure, area: Area, found: Round, day: Day) -> str:
    """Where the list behind a figure stands; '' where there is none (or its page is not built)."""
    match figure.behind:
        case ("targets", show):
            return reverse("coverage_names", args=[found.pk, area.code]) + f"?{urlencode({'show': show})}"
        case ("names", _key, _is_today):
            values = {"round": found.pk, **({"day": day.date.isoformat()} if day.is_over else {})}
            return reverse("figure_names", args=[area.code, figure.key]) + f"?{urlencode(values)}"
        case (route, decision):
            try:
                return reverse(route) + (f"?{urlencode({'decision': decision})}" if decision else "")
            except NoReverseMatch:
                return ""
    return ""


def url_of(area: Area, kept: dict[str, str]) -> str:
    return reverse("figures_of", args=[area.code]) + (f"?{urlencode(kept)}" if kept else "")


def _work(found: Round) -> str:
    return wording.work_name(found.campaign.name, found.number)


def _said(figure: Figure, value: Value) -> Any:
    return rate(value) if figure.key == "rate" else value


def _channel(row: NameRow) -> str:
    return str(Channel(row.channel).label)


def _row_said(figure: Figure, row: NameRow) -> str:
    if row.person_id:
        return wording.presence_words().get(row.said, row.said)
    if figure.behind[1] == "returned":
        return _("%(count)s人") % {"count": row.said}
    return str(Outcome(row.outcome).label)
