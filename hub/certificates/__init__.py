"""`hocba certificates`: the registry at the command line: who may sign, what ends soon, what was seen, what to enter."""
