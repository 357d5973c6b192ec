"""Where the rest of the house looks for it; it is core's."""

from lianfang.core.letters import column_letter

__all__ = ["column_letter"]
