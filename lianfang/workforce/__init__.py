"""Who answers for what: units, workers, and assignments of areas to workers (包保). Whole chain of people from
a grid up to the county. Nouns: Unit, Worker, Assignment."""
