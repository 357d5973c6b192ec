"""Reads of the kernel, by noun: emergencies, rounds, coverage (the equation), targets (the names behind it)."""

from lianfang.campaigns.queries.emergencies import running_emergency

__all__ = ["running_emergency"]
