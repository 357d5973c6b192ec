"""Routes for devices: a phone signs in with its own key, never with a cookie."""

from __future__ import annotations

from django.urls import URLPattern

from lianfang.core.routes import route
from lianfang.sync import api

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
