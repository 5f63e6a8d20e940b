"""Bytes and trust: what is signed, by whom, and whether it may be believed.

`verify` judges every signature of a record and of a transaction on the octets as they arrived, in the words of
ETSI EN 319 102-1; `trust` answers for certificates (path, validity, revocation) from a folder of anchors, intermediate
certificates, revocation lists and OCSP responses; `seal` writes the signatures the hub makes itself, with keys from a keyring;
`second_opinion` asks another library. Nothing here knows a vendor, a database or the order of the stages.
"""
