"""The benchmarks, a module for each kind: every module declares `BENCHMARKS` and is found by being here."""
