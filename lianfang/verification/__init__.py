"""Lists sent down for checking (推送数据/核查名单), and back within their time (两下两上). A list is read as it comes
(`reading/`), each row is matched with the register (`matching/`), what needs nobody's call is answered and the rest
routed (`triage.py`), handed down from county to worker and up again (`operations/`), and returned in the sender's own
layout (`returning/`). Nouns: PushedList, PushedRow, Hop, Call, Answer. Below it `register` says who is meant;
`campaigns` says under which emergency."""
