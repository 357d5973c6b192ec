"""Pages of the room: signing in and oneself, administration of accounts, the audit trail."""
