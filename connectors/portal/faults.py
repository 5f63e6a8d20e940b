"""What can go wrong with a portal, cut by what is surely true afterwards."""


class PortalFault(Exception):
    """An exchange that did not end as it should."""

    def __init__(self, code: str) -> None:
        self.code = code
        """the portal's code (E04), an HTTP status (http-502) or the kind of a broken line (ReadTimeout)"""
        super().__init__(code)


class PortalDown(PortalFault):
    """Nothing was submitted: it did not answer, or not in the contract's words."""


class ReplyLost(PortalFault):
    """A submission may have arrived: ask transaction 2 before anything else."""


class TryLater(PortalFault):
    """Surely not stored; the portal wants it later."""


class LoginRefused(PortalFault):
    """Surely not stored: the unit's account is wrong."""


class AccountMissing(PortalFault):
    """Nothing was sent: the hub has no account for the unit."""


class CertificateRefused(PortalFault):
    """The certificate of the transaction's signature is not approved."""


class PackageRefused(PortalFault):
    """The package is refused whole."""


class UnknownMessage(PortalFault):
    """The portal has no such messageid."""
