"""Entry points: the settings and where each came from, the command line `hocba`, the processes that make up a hub and
their supervisor, the embedded engines, the doctor, and the demonstration with the sandbox around it. Nothing here
decides anything about a record: that is `routes/`.
"""
