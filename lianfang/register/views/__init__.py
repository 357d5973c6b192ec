"""Pages of the register: looking through it, finding somebody, loading a sheet."""
