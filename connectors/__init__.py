"""The hub's edges, one folder per counterparty: what vendors push (official bodies here, each vendor's own format as a
folder of `vendors`), and the client of the portal contract that the city and the Ministry speak. Every way in hands over
an `Arrival`; every fault of a way out says by its class what is surely true of it.
"""
