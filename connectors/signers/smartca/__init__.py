"""VNPT SmartCA for third parties (`…/sca/sp769`): unconfirmed, from public write-ups of its integration document 4.x.

A credential is «user_id» or «user_id/serial_number», the serial number where the holder has several certificates. The
holder agrees in the provider's application, within about five minutes. An order bears the hub's own name, so that one
whose answer was lost can be asked for.
"""

from connectors.signers import Adapter
from connectors.signers.smartca.client import SmartCaService

ADAPTER = Adapter("smartca", "VNPT SmartCA", confirmed=False, open=SmartCaService)
