"""The delivery proof: the hub's processes on killable engines, faults by seed, and a checker that trusts no log.

A *run* is one seed: a fresh ledger and fresh topics, a city, vendors, the hub's processes, a plan of faults drawn from
the seed. When all is quiet again the checker reads three stores and nothing else: the city's own, the vendors' own, and
the ledger. A *trial* is a directed run for one planted bug: with the bug the checker must object, without it not.
`python -m tests.proof --seeds N`; `docs/proof.md` says what is proven and how to read it.
"""
