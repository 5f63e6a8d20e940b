"""The stand-in certificate authority: serves a world's revocation lists and answers OCSP about its certificates.

A process of its own; it has the world's invented keys and imports nothing of the hub. Buttons make it slow, wrong or
a liar while it runs (`faults`).
"""
