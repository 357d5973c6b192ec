"""Messy register sheets with truth: what villages really send, made from a seed.

`making.make(seed, folder)` writes one file and tells the truth about every row of it: who stands there, with which
values, whether the row must be taken or refused and why, and which rows are nobody (titles, sums, section lines,
repeated headers, footers). The generator knows nothing of the importer: it must not import `lianfang.register`.

- `truth`: what is said about a row and a cell.
- `people`: invented residents of the real villages of Wugang, with ids that pass the check.
- `spoiling`: one function a trap for single cells (ids, phones, days, yes and no, relations, names).
- `places`: villages and townships as people write them.
- `layout`: titles, headers of one to three rows, section lines, sums, merged households, columns renamed and moved.
- `writing`, `oldexcel`: xlsx, xls (BIFF8, HTML, XML), et, csv in any encoding, pasted text.
- `judging`: what an importer made of a file, against its truth. The only module that knows the importer.

`python -m tests.messy 1000` makes, reads and judges 1,000 sheets and prints a table by kind of trap;
`python -m tests.messy 17 --keep FOLDER` writes the sheets of seeds 0 to 16 there to be looked at;
`python -m tests.messy --seed 4711` judges one and says what is wrong with it.

To add a trap: a function in `spoiling` or `places`, or a step in `layout`, with its name; it is drawn from then on.
"""
