from lianfang.core import trust, views
from lianfang.core.routes import PUBLIC, route

urlpatterns = [
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
