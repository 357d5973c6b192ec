"""The one door for records: from phone, desk or file. Stores the raw operation first, then has it judged;
every operation gets a receipt. `effects.py`: kind of record → the operations it starts. Nouns: Operation, Receipt."""
