"""Interoperation: records that other software signs pass here, and what passes or fails here is put to verifiers that are
not the hub's: xmlsec1, the JDK, EU DSS. Where they differ, `disagreements.py` says why; `docs/interop.md` explains it all.
"""
