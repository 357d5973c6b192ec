"""The demo county: real areas, invented people.

Wugang 武冈市 with its real townships and villages, and below them groups, estates,
buildings, doors, households and persons that nobody has: every name, identity number
and phone is made from a seed. Only the modules of the loader know Django; the generators
are pure, so that a bench or a test can take as many people as it wants.

- `places`: the county's tree, and a village cut into groups or estates with their doors.
- `families`: who lives under one roof, with ages that fit each other.
- `identity`: identity numbers with a valid check digit, and phones that ring nobody.
- `names`: surnames and given names by generation.
- `people`: the above woven into batches of rows, one batch a village.
- `officers`: the invented officials, and the cast that signs in with one click.
- `fates`, `doorsteps`: what becomes of each door by 21:05, and the visits by which it did.
- `listed`, `pushing`: the list of 273 rows that came from above at 21:00 and waits to be sorted.
- `loading` fills a database: `filling` and `staffing` the register and those who answer, `story` and `evening` what
  happened by the real operations, `recording` and `judging` the visits and the kernel's verdicts on them, set-wise.
"""
