"""Any service that speaks the Cloud Signature Consortium's API v2 (2.0.0.2), as ETSI TS 119 432 profiles it."""

from connectors.signers import Adapter
from connectors.signers.csc.client import CscService

ADAPTER = Adapter("csc", "CSC API v2 (ETSI TS 119 432)", confirmed=True, open=CscService)
