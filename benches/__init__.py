"""What budgets are held to: each benchmark checks its result before it prints a time, and runs ours and the rival in turns."""
