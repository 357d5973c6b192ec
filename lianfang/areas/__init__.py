"""The division tree: province to county from the register, township and village below it, and the county's
own groups, grids, estates and buildings. Nouns: Area. Everything that has a place hangs on an area path."""
