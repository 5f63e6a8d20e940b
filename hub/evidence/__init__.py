"""`hocba evidence`: build, renew and hand out evidence of what the hub verified, and check it without a hub or a network.

Beside a record `X.xml` its evidence is `X.er` (RFC 4998, DER) or `X.ers.xml` (RFC 6283, XML).
"""
