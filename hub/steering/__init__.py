"""What staff ask of the ledger and tell it: `hocba status`, `failed` and `retry`, `lanes`, `db`, `world`.

Each module shows or changes one of these over `hub.desk`, the way to the ledger; `commands` has their options and words.
"""
