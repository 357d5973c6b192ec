"""Pages of figures. Counts need `coverage.read`; names need `target.read`, and each look at them is recorded."""

from lianfang.core.routes import route
from lianfang.reports.views import coverage, today

_AREA = "coverage/<int:round_id>/<str:code>"

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
]
