"""PostgreSQL, the hub's only truth: what was accepted, where each transfer stands, what was sent, what came back.

Everything that must not be lost or doubled is decided here, in transactions over whole batches. The language of this
folder is rows: submissions, payloads, records, transfers, the small table of unfinished work, packages, verdicts. It
knows the shapes of `schemas` and nothing of connectors, signatures or Kafka.
"""
