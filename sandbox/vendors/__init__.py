"""Vendors' software, simulated: pushes batches to the hub, reads what became of them and what the city returned, and
keeps its own SQLite store of everything exactly as it was seen. One process per sender (`python -m sandbox.vendors`);
progress goes to standard output as JSON lines without personal data.
"""
