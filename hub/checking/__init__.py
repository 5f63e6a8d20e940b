"""`hocba check`: files looked at against everything the official texts say, without engines, settings or network.

`sources` turns paths into a stream of records, `engine` looks at them, `report` holds what came of it, and each module of
`formats` writes it down in one way. It is what vendors run on their desks and in their builds: it starts at once, reads
inputs of any size in flat memory, and never takes a fault of a file for a fault of its own.
"""
