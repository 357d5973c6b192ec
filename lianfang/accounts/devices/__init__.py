"""Phones of the field: how one is enrolled, signs in, is heard of, and ends. Nouns: Device, Invitation, Newcomer."""
