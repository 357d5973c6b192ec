"""值班与人员. Duty names are open to everybody in the response; a number is shown one at a time, and noted."""

from lianfang.core.routes import page
from lianfang.workforce.views import people, sent_down

urlpatterns = [
    page("people", people.people, "area.read", "none", "none"),
    page("people/workers", people.workers, "area.read", "none", "none"),
    page("people/workers.xlsx", people.workers_sheet, "area.read", "none", "none"),
    page("people/workers/new", people.worker_new, "worker.manage", "none", "write"),
    page("people/duties/new", people.duty_new, "worker.manage", "none", "write"),
    page("people/duties/<int:assignment_id>/end", people.duty_end, "worker.manage", "none", "write"),
    page("people/workers/<int:worker_id>/dial", people.dial, "worker.dial", "personal", "write"),
    page("devices/tonight", sent_down.shifts, "device.manage", "none", "none"),
    page("devices/tonight/open", sent_down.shift_open, "device.manage", "none", "write"),
    page("devices/tonight/<int:shift_id>", sent_down.shift, "device.manage", "names", "look"),
    page("devices/tonight/<int:shift_id>/asking", sent_down.shift_asking, "device.manage", "names", "look"),
    page("devices/tonight/<int:shift_id>/news", sent_down.shift_news, "device.manage", "counts", "none"),
    page("devices/tonight/<int:shift_id>/decide", sent_down.shift_decide, "device.manage", "names", "write"),
    page("devices/tonight/<int:shift_id>/act", sent_down.shift_act, "device.manage", "none", "write"),
]
