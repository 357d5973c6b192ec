"""What every room stands on: ids, the clock, coded problems, the audit trail, scope and its two walls,
sealed fields, the route registry, and the database that comes with the program. Knows no other room."""
