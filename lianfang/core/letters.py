"""Columns as a spreadsheet names them. Pure, and without imports: the reading process needs it too."""


def column_letter(place: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
