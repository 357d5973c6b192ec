"""Lianfang: an outbreak order becomes named doors and people, each answered in time by a named worker."""

__version__ = "0.1.0"
