"""值班与人员. Duty names are open to everybody in the response; a number is shown one at a time, and noted."""

from lianfang.core.routes import page
from lianfang.workforce import views

urlpatterns = [
    page("people", views.people, "area.read", "none", "none"),
    page("people/workers", views.workers, "area.read", "none", "none"),
    page("people/workers.xlsx", views.workers_sheet, "area.read", "none", "none"),
    page("people/workers/new", views.worker_new, "worker.manage", "none", "write"),
    page("people/duties/new", views.duty_new, "worker.manage", "none", "write"),
    page("people/duties/<int:assignment_id>/end", views.duty_end, "worker.manage", "none", "write"),
    page("people/workers/<int:worker_id>/dial", views.dial, "worker.dial", "personal", "write"),
]
