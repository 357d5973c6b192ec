"""Reading addresses. Pure."""
