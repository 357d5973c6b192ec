"""Pages of the room: who answers and who works here; who is sent down tonight."""
