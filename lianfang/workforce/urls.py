"""值班与人员. Duty names are open to everybody in the response; a number is shown one at a time, and noted."""

from typing import Any

from django.urls import URLPattern

from lianfang.core.routes import AuditKind, Sensitivity, route
from lianfang.workforce import views


def _page(address: str, view: Any, permission: str, sensitivity: Sensitivity, audit: AuditKind) -> URLPattern:
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
    _page("people", views.people, "area.read", "none", "none"),
    _page("people/workers", views.workers, "area.read", "none", "none"),
    _page("people/workers.xlsx", views.workers_sheet, "area.read", "none", "none"),
    _page("people/workers/new", views.worker_new, "worker.manage", "none", "write"),
    _page("people/duties/new", views.duty_new, "worker.manage", "none", "write"),
    _page("people/duties/<int:assignment_id>/end", views.duty_end, "worker.manage", "none", "write"),
    _page("people/workers/<int:worker_id>/dial", views.dial, "worker.dial", "personal", "write"),
]
