"""Nothing is lost: a simulator of phones and one server, and the real server killed in the middle of its work.

- `outbox`: the phone's outbox, the rules that `contract/vectors/outbox.json` fixes for the real one too.
- `phone`, `server`: one of each, on dicts, with the real rules of `lianfang/sync/rules.py`.
- `events`: what can happen, as a table. `history`: from the first event to the quiet after the last, and the judging.
- `safeguards`: each rule that keeps something safe, taken away in turn: the simulator must go red.
- `python -m tests.faults` runs 30,000 histories; `… 4711` one of them; `… safeguards` shows what each is needed for.
"""
