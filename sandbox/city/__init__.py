"""The city's reception portal, as an independent stand-in: it speaks the official transactions over HTTP, keeps what it
was sent in its own SQLite store, and judges with libxmlsec1 and its own reading of the specification. One process
(`python -m sandbox.city`); `/admin/…` shows its store and holds the fault buttons.
"""
