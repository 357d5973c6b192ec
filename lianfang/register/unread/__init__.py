"""Addresses that could not be read: a queue for a person, who says where each lies, once for all rows that say it."""
