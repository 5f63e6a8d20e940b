"""The sample journey: a hub with the sandbox around it, records pushed by vendors' software, an outage in the middle,
records returned at the end; then the sums, held against what was made and against what the city and the vendors say.

The sandbox is outside: it is reached by its command lines, its addresses and the files it writes, and by nothing else.
"""
