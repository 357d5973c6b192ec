"""Workbooks of other people, taken apart and written into: everything that is not meant stays byte for byte."""
