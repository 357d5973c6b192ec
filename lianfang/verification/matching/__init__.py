"""The rows of a list beside the register of a county: whom does each mean?

The judge is `register.likeness`; here stands whom it is asked about. What costs little comes first: whole ids by their
lookup tokens, then phones and names with a birthday, and for what is left names that were misheard or misread, in the
village that the address names or on the birthday (docs/algorithms/list-matching.md).
"""

from lianfang.verification.matching.parts import helper_of, match, match_parts
from lianfang.verification.matching.places import Places, Where, places_of

__all__ = ["Places", "Where", "helper_of", "match", "match_parts", "places_of"]
