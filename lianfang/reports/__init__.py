"""What is told upward: figures, coverage, the evening close, the day's sheet, prints. Reads everybody; nobody
reads it. Nouns: Figure, DayClose, RecheckSample."""
