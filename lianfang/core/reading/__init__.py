"""A file as plain rows, in a process of its own: `python -m lianfang.core.reading FILE`.

A strange file may take all memory or never end, so it must not be the server's process that reads it. Out come
marshalled messages, each after its length in four bytes: (sheet, is_hidden, first row, first column, rows, notes), or
("", code, detail) for a file that cannot be read. Rows count from 1, columns from 0. Nothing of Django is loaded here.

`notes` tells what rows alone do not say; every key may be missing.
Of the sheet, with its first message: `merged` [(first row, first column, last row, last column)], `is_1904`,
`hidden_columns` [column], `has_filter`, `lists`
[(cells, source)] of its drop-down lists, `header` (of lines that have none of their own).
Of the rows of this message: `hidden_rows` [row], `struck_rows` [row], `struck_cells`, `no_value` (a formula without a
result), both [(row, column)], `far_cells` (a count: cells beyond the last column read), `lines` [(row, code)] of a
text that is no table: title, example, correction, chat, gap, repeat.
"""
