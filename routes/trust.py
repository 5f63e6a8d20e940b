"""What the hub trusts, as its settings say."""

from routes.signing_settings import SigningSettings
from signing.trust import Trust, TrustFolder, TrustStore


def trust_of(settings: SigningSettings) -> Trust:
    """The trust folder, looked at again in the settings' rhythm; without a folder, nothing is trusted."""
    if settings.trust_folder is None:
        return TrustStore(anchors=())
    data = settings.revocation
    return TrustFolder(settings.trust_folder, look_again_seconds=data.look_seconds, most_age=data.most_age)
