from typing import Any

from lianfang.core import trust, views
from lianfang.core.phone_app import phone_app
from lianfang.core.routes import PUBLIC, route

OPEN: dict[str, Any] = {"permission": PUBLIC, "scope": "none", "sensitivity": "none", "audit": "none"}

urlpatterns = [
    route("phone/", phone_app, name="phone_app", **OPEN),
    route("phone/<path:name>", phone_app, name="phone_app_file", **OPEN),
    route(
        "healthz",
        views.healthz,
        name="healthz",
        permission=PUBLIC,
        scope="none",
        sensitivity="none",
        audit="none",
    ),
    route(
        "looks", views.looks, name="looks", permission=PUBLIC, scope="none", sensitivity="none", audit="none"
    ),
    route(
        "trust/", trust.trust, name="trust", permission=PUBLIC, scope="none", sensitivity="none", audit="none"
    ),
    route(
        "trust/lianfang-ca.crt",
        trust.certificate,
        name="trust_certificate",
        permission=PUBLIC,
        scope="none",
        sensitivity="none",
        audit="none",
    ),
]
