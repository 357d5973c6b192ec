"""The register (人口底册): doors, the households behind them, the people of a household. Spreadsheet import and
export, finding within rights, masking and reveal. Nouns: Door, Household, Person, ImportFile."""
