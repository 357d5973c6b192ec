"""Routes for devices, where a phone signs in with its own key and never with a cookie; and the desk that takes in what a
phone could not send."""

from __future__ import annotations

from django.urls import URLPattern

from lianfang.core.routes import PUBLIC, page, route
from lianfang.sync import api, views

urlpatterns: list[URLPattern] = [
    # What a phone brings is stored even when its shift is over or it was revoked.
    route(
        "api/v1/sync/push",
        api.sync_push,
        name="sync_push",
        permission="visit.record",
        scope="none",
        sensitivity="none",
        audit="write",
        device="ended",
    ),
    # Of a phone that was ended too: whoever worked on it learns what became of that.
    route(
        "api/v1/sync/settled",
        api.sync_settled,
        name="sync_settled",
        permission="visit.record",
        scope="none",
        sensitivity="none",
        audit="none",
        device="ended",
    ),
    # Sealed for this server; whoever carries it needs no key of their own.
    route(
        "api/v1/sync/handover",
        api.sync_handover,
        name="sync_handover",
        permission=PUBLIC,
        scope="none",
        sensitivity="none",
        audit="write",
        device=True,
    ),
    page("handover", views.handover, "visit.record", "personal", "write"),
    # Online only: whoever has no network rings without it.
    route(
        "api/v1/lists/claim",
        api.lists_claim,
        name="lists_claim",
        permission="list.check",
        scope="actor",
        sensitivity="none",
        audit="write",
        device=True,
    ),
    route(
        "api/v1/sync/pull",
        api.sync_pull,
        name="sync_pull",
        permission="visit.record",
        scope="actor",
        sensitivity="personal",
        audit="write",  # its look says how many doors and numbers, and is none where nothing went down
        device=True,
    ),
]
