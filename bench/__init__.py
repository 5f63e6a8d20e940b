"""What the hub costs, measured: `python -m bench [NAME…]` prints each figure beside named references of the same run and
appends it to `bench/results.json`. One module of `bench/runs` holds one benchmark or a few of a kind; being there is
joining. Nothing here is asserted: the figures are for people (`docs/performance.md`).
"""
