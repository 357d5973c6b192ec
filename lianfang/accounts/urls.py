from lianfang.accounts import views
from lianfang.core.routes import PUBLIC, SIGNED_IN, route

urlpatterns = [
    route(
        "login", views.login, name="login", permission=PUBLIC, scope="none", sensitivity="none", audit="write"
    ),
    route(
        "logout",
        views.logout,
        name="logout",
        permission=PUBLIC,
        scope="none",
        sensitivity="none",
        audit="write",
    ),
    route(
        "demo/login",
        views.demo_login,
        name="demo_login",
        permission=PUBLIC,
        scope="none",
        sensitivity="none",
        audit="write",
    ),
    route(
        "language",
        views.language,
        name="language",
        permission=PUBLIC,
        scope="none",
        sensitivity="none",
        audit="none",
    ),
    route("me", views.me, name="me", permission=SIGNED_IN, scope="actor", sensitivity="none", audit="none"),
]
