"""The stand-in timestamping authority: answers RFC 3161 requests with tokens under a world's certificate authority.

A process of its own; it has its own invented keys and imports nothing of the hub. Buttons make it slow, wrong or a liar
while it runs (`faults`).
"""
