"""The desk of lists sent down."""
