"""Every write of the kernel. Callers stand in a scoped transaction; only `record_visits` crosses areas."""
