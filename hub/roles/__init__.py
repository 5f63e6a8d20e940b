"""The processes that make up a hub, one file each: what it needs at hand, and what it runs until it is told to stop.
A process loads its own role only.
"""
