"""What each kind of operation does with its values, one module a noun. `effects.py` is the table of them."""
