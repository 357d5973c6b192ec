"""A form out of a file: a table's header row or an XLSForm. Here is what needs the register's words and readers; what
a heading asks, and a draft as such, is `lianfang/questions/drafting.py`."""
