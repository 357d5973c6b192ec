"""Changes of the tree with effective dates: planned from a file, confirmed, applied with all that hangs on the areas,
decided where a village was split, undone. Nouns: Adjustment, AreaChange, AreaMove. See decision 0020."""
