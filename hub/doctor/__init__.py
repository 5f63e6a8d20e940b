"""`hocba doctor`: one look at everything the hub rests on, each with what to do about it."""

import asyncio

from hub.doctor.evidence import look_at_choice
from hub.doctor.findings import Finding, State, print_report
from hub.doctor.keys import look_at_keys
from hub.doctor.machine import look_at_broker, look_at_disk, look_at_processes
from hub.doctor.portal import look_at_portal
from hub.doctor.records import look_at_ledger
from hub.doctor.services import look_at_services
from hub.doctor.trust import look_at_trust
from hub.settings import Settings


def examine(settings: Settings) -> list[Finding]:
    """Everything, in the order in which one would mend it."""
    report = [
        *look_at_disk(settings),
        *look_at_ledger(settings),
        *look_at_broker(settings),
        *look_at_processes(settings),
    ]
    report += look_at_choice(settings)
    report += look_at_trust(settings)
    report += look_at_keys(settings.signing)
    report += asyncio.run(look_at_services(settings.signing))
    report += asyncio.run(look_at_portal(settings))
    return report


__all__ = ["Finding", "State", "examine", "print_report"]
