"""Viettel MySign's gateway (`…/vtss/service`): unconfirmed, from public write-ups of its integration document 1.8.

A credential is «user_id» or «user_id/credential_id», the latter where the holder has several keys. The holder agrees in
the provider's application, within minutes. Its older form (`…/adss/service/ras/csc/v1`) answers only once the holder has
agreed, and is not spoken here.
"""

from connectors.signers import Adapter
from connectors.signers.mysign.client import MySignService

ADAPTER = Adapter("mysign", "Viettel MySign", confirmed=False, open=MySignService)
