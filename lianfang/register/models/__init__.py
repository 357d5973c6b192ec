"""The register's tables, by noun."""

from lianfang.register.models.files import ImportFile
from lianfang.register.models.people import Door, Household, LookupToken, Person

__all__ = ["Door", "Household", "ImportFile", "LookupToken", "Person"]
