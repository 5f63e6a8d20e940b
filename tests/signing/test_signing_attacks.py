"""Every named attack is refused for the cause it deserves, and says so to people in both languages."""

import pytest
from attacks import ATTACKS, Attack
from support.workshop import Workshop

from signing.verify import Indication


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_attack_never_passes(workshop: Workshop, attack: Attack) -> None:
    verdict = workshop.verify(attack.make(workshop))

    causes = {f"{slot.slot}:{slot.cause}" for slot in verdict.slots if slot.cause} | {verdict.cause}
    assert verdict.cause == attack.cause, causes
    assert verdict.disposition is attack.disposition
    assert verdict.indication is not Indication.PASSED
    assert verdict.data is None
    assert verdict.data_sha256 is None
    assert verdict.findings
    assert all(finding.message.vi and finding.remedy.vi and finding.message.en for finding in verdict.findings)


def test_the_good_record_passes(workshop: Workshop) -> None:
    """What the attacks start from is sound."""
    verdict = workshop.verify(workshop.good)

    assert verdict.passed, verdict.findings
    assert [slot.slot for slot in verdict.slots] == ["GVCN", "CBQL", "KY_PHAT_HANH"]
