"""The rows of a department's table, computed: `rows_of(sheet)` gives one entry for each row of the sheet, in the order
of its columns, ready for `reports.tables.fill`. Set-wise: a constant number of statements for a sheet of areas, two for
each 5,000 rows of a sheet of people."""

from lianfang.reports.queries.table_values.asking import REASONS, SheetAsk, TableAsk, Who, refusal
from lianfang.reports.queries.table_values.names import is_anybody_named
from lianfang.reports.queries.table_values.sheet import Row, Tally, rows_of

__all__ = ["REASONS", "Row", "SheetAsk", "TableAsk", "Tally", "Who", "is_anybody_named", "refusal", "rows_of"]
