"""Routes for devices: a phone signs in with its own key, never with a cookie."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
