"""Readers under coverage-guided fuzzing, one target each: only findings or one refusal may come out.

`make fuzz FUZZ=record SECONDS=60`. What a target finds is kept under `tests/schemas/found/` and read again by every test
run from then on.
"""
