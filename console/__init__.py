"""The web: the vendors' API under /v1 (problem details, idempotency keys, OpenAPI) and the staff's pages under /console.

The language of this folder is HTTP and what people read, Vietnamese first. It reads the ledger through `ledger.feeds` and
`ledger.views`, accepts through `ledger.acceptance`, steers through `ledger.lanes`, `ledger.reprocess` and
`ledger.returns`, and knows nothing of Kafka. A pushed body is read in a child process that may die without harm.
"""
