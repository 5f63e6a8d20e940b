"""The order of things: one file per stage, the fates, the topics, the dispatcher that publishes and the worker that does.

The only folder that knows all the others. A record travels normalise → check → sign → verify → pack; a package, pack →
deliver → poll; a bundle that a destination gives back, return. Read `carry.py` and `way.py` for a record,
`pack.py`, `deliver.py`, `poll.py` for a package, `returning.py` for a bundle; `fates.py` says what each outcome means.
"""
