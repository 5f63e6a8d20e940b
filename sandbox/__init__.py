"""The outside of the hub, played by separate processes: an invented world of schools with their certificates, pupils
and their signed records, the city's reception portal, and the vendors' software. Everything here is written from the
official specification alone and imports nothing of the hub, so that what both sides agree on is the specification. All
names, numbers, keys and certificates are invented.
"""
