"""Reading addresses. Pure: rows of a gazetteer and a text in, codes of areas out; no Django, no database."""

from lianfang.areas.address.gazetteer import Alias, Gazetteer
from lianfang.areas.address.reading import Reading, read

__all__ = ["Alias", "Gazetteer", "Reading", "read"]
