"""What the pages of figures show, read from every room. By noun: coverage (the page), today."""
