"""Pages of figures. Counts need `coverage.read`; names need `target.read`, and each look at them is recorded."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern

from lianfang.core.routes import AuditKind, Sensitivity, route
from lianfang.reports.views import (
    asked,
    closing,
    coverage,
    figure_pages,
    figures,
    owing,
    table_columns,
    tables,
    today,
    walking,
)

_AREA = "coverage/<int:round_id>/<str:code>"
_CLOSE = "close/<str:code>"
_FIGURES = "figures/<str:code>"
_TABLE = "tables/<int:table_id>"


def _page(
    address: str,
    view: Callable[..., HttpResponse],
    permission: str,
    sensitivity: Sensitivity,
    audit: AuditKind,
) -> URLPattern:
    """A route within the actor's areas, named as its view."""
    return route(
        address,
        view,
        name=view.__name__,
        permission=permission,
        scope="actor",
        sensitivity=sensitivity,
        audit=audit,
    )


urlpatterns = [
    route(
        "",
        today.today,
        name="today",
        permission="coverage.read",
        scope="actor",
        sensitivity="counts",
        audit="none",
    ),
    _page("today/saved", today.today_saved, "coverage.read", "counts", "none"),
    route(
        "doors",
        today.doors,
        name="doors",
        permission="target.read",
        scope="actor",
        sensitivity="names",
        audit="look",
    ),
    route(
        _AREA,
        coverage.coverage,
        name="coverage",
        permission="coverage.read",
        scope="actor",
        sensitivity="counts",
        audit="none",
    ),
    route(
        f"{_AREA}/numbers",
        coverage.coverage_numbers,
        name="coverage_numbers",
        permission="coverage.read",
        scope="actor",
        sensitivity="counts",
        audit="none",
    ),
    route(
        f"{_AREA}/names",
        coverage.coverage_names,
        name="coverage_names",
        permission="target.read",
        scope="actor",
        sensitivity="names",
        audit="look",
    ),
    route(
        f"{_AREA}/table.xlsx",
        coverage.coverage_sheet,
        name="coverage_sheet",
        permission="coverage.read",
        scope="actor",
        sensitivity="counts",
        audit="none",
    ),
    route(
        f"{_AREA}/names.xlsx",
        coverage.coverage_names_sheet,
        name="coverage_names_sheet",
        permission="target.read",
        scope="actor",
        sensitivity="names",
        audit="look",
    ),
    # the evening: names stand on it only beside a number that does not balance
    _page("close", closing.close, "report.read", "counts", "none"),
    _page(_CLOSE, closing.close_area, "report.read", "names", "look"),
    _page(f"{_CLOSE}/phones", closing.close_phones, "report.read", "counts", "none"),
    _page(f"{_CLOSE}/sign", closing.close_sign, "close.sign", "counts", "write"),
    _page(f"{_CLOSE}/revise", closing.close_revise, "close.sign", "counts", "write"),
    _page(f"{_CLOSE}/recount", closing.close_recount, "close.sign", "counts", "write"),
    _page(f"{_CLOSE}/sheet.xlsx", closing.day_sheet, "report.read", "counts", "none"),
    _page(f"{_CLOSE}/mop-up.xlsx", closing.mop_up_sheet, "target.read", "names", "look"),
    _page(f"{_CLOSE}/recheck", closing.recheck, "target.read", "names", "look"),
    _page(f"{_CLOSE}/recheck/<int:sample_id>", closing.recheck_record, "recheck.record", "names", "write"),
    # what is still owed
    _page("owed", owing.owed, "coverage.read", "counts", "none"),
    _page("owed/<str:code>", owing.owed_of, "coverage.read", "counts", "none"),
    # figures
    _page("figures", figures.figures, "report.read", "counts", "none"),
    _page(_FIGURES, figures.figures_of, "report.read", "counts", "none"),
    _page(f"{_FIGURES}/table.xlsx", figures.figures_sheet, "report.read", "counts", "none"),
    _page(f"{_FIGURES}/questions", figures.figure_questions, "report.read", "counts", "none"),
    _page(f"{_FIGURES}/<str:key>", figure_pages.figure_page, "report.read", "counts", "none"),
    _page(f"{_FIGURES}/<str:key>/names", figures.figure_names, "target.read", "names", "look"),
    _page(f"{_FIGURES}/<str:key>/names.xlsx", figures.figure_names_sheet, "target.read", "names", "look"),
    # paper
    _page("print/walk/<str:code>", walking.walk_sheet, "print.own_area", "names", "look"),
    _page("print/walk/<str:code>/sheet.xlsx", walking.walk_excel, "print.own_area", "names", "look"),
    # tables of departments
    _page("tables", tables.department_tables, "report.read", "counts", "none"),
    _page("tables/list.xlsx", tables.department_tables_sheet, "report.read", "counts", "none"),
    _page("tables/upload", tables.table_upload, "table.manage", "counts", "write"),
    _page(_TABLE, tables.department_table, "report.read", "counts", "none"),
    _page(f"{_TABLE}/progress", tables.table_progress, "report.read", "counts", "none"),
    _page(f"{_TABLE}/columns", table_columns.table_columns, "table.manage", "names", "look"),
    _page(f"{_TABLE}/confirm", table_columns.table_confirm, "table.manage", "counts", "write"),
    _page(f"{_TABLE}/question", table_columns.table_question, "table.manage", "names", "write"),
    _page(f"{_TABLE}/template.xlsx", tables.table_template, "table.manage", "names", "look"),
    _page(f"{_TABLE}/approve", tables.table_approve, "table.approve", "counts", "write"),
    _page(f"{_TABLE}/act", tables.table_act, "table.manage", "counts", "write"),
    _page(f"{_TABLE}/fill", tables.table_fill, "table.fill", "counts", "write"),
    _page(
        f"{_TABLE}/fillings/<int:filling_id>/file.xlsx",
        tables.table_filling,
        "table.fill",
        "personal",
        "write",
    ),
    _page(f"{_TABLE}/ask", tables.table_ask, "campaign.declare", "counts", "write"),
    _page("asked", asked.asked, "report.read", "counts", "none"),
    _page("asked/<str:code>", asked.asked_of, "report.read", "counts", "none"),
]
