"""The stand-in remote signing service: holds a world's keys, asks their holders, signs hashes over three providers' APIs.

A process of its own that imports nothing of the hub: CSC API v2, and what is known of VNPT SmartCA's and Viettel MySign's.
Buttons make holders slow or unwilling and the service wrong, lost or a liar (`faults`); every hash that it signs stands in
a ledger of its own, which survives it.
"""
