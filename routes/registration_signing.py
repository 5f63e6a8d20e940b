"""Registrations whose signature a remote service makes: once its value is here, the message is made of it and kept.

The keeper (`routes/asking.py`) asks the holder and writes the value down; whoever comes here next finishes, in one
transaction that holds the registration, so that there is one message whatever dies between.
"""

import structlog

from ledger import certificate_messages, registration_signatures
from ledger.crash import crash_point
from ledger.database import Connection
from routes.registration_message import CannotRegister, Hindrance, finish_message, prepare_message
from routes.tools import Tools

log = structlog.get_logger(__name__)

_CAUSES = {
    Hindrance.KEY_MISSING: "seal-key-missing",
    Hindrance.KEY_LOCKED: "signer-locked",
    Hindrance.ACCOUNT: "signer-account",
}
"""what keeps a signature from being prepared anew → cause, as records have it"""


async def make_messages(tools: Tools, destination: str) -> None:
    """Make the message of every registration whose signature has come; prepare anew what has grown too old to be asked."""
    async with tools.pool.connection() as connection:
        await registration_signatures.end_of_decided(connection)
        due = await registration_signatures.due(connection, destination=destination)
    for registration in due:
        async with tools.pool.connection() as connection:
            await _make(tools, connection, registration)
            crash_point("register.before-keeping")
        crash_point("register.after-keeping")


async def _make(tools: Tools, connection: Connection, registration: int) -> None:
    """One message, or one signature anew. Message and request are written together or not at all."""
    wish = await certificate_messages.wish(connection, registration)
    asked = await registration_signatures.live(connection, registration)
    if wish is None or asked is None or asked.state not in ("answered", "stale"):
        return
    if wish.state != "waiting" or wish.under_way is not None or wish.der is None:
        await registration_signatures.end(connection, registration)
        return
    try:
        if asked.state == "stale":
            await prepare_message(
                connection, registration, destination=asked.destination, settings=tools.settings, signers=tools.signers
            )
        else:
            await finish_message(connection, asked, certificate=wish.der, settings=tools.settings)
    except CannotRegister as fault:
        found = [finding.rule for finding in fault.findings]
        log.warning("registering.not-made", registration=registration, why=fault.hindrance.name, found=found)
        # A service that is silent is asked again with the next look; everything else is for staff.
        if fault.hindrance is not Hindrance.SERVICE_DOWN:
            cause = _CAUSES.get(fault.hindrance, "registration-signature")
            await registration_signatures.fail(connection, asked.id, f"{cause}:{asked.role}")
    else:
        log.info("registering.prepared", registration=registration, found=asked.state)
