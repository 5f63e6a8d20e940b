"""Faults of the remote signing service and of the people who are asked there."""

from random import Random

from tests.proof.faults import FIRE_SECONDS, Fault, Push
from tests.proof.house import House
from tests.support.kafka import wait_until

DELEGATING = "SAOKHUE"
"""the vendor whose records the hub has signed"""
OPEN = "select count(*) > 0 from signature_requests where state in ('wanted', 'asked')"
CLOSED = "from transfers where fate = 'held' and starts_with(cause, '{cause}:')"


def _service_killed(house: House, _: Random, push: Push) -> None:
    """The service dies with orders out and comes back with what it had written down."""
    push(DELEGATING)
    if _comes(house, OPEN):
        house.signing.process.kill()
        try:
            wait_until(lambda: _met(house, "signer-down"), seconds=FIRE_SECONDS, what="a service that is down")
            house.note("service-killed")
        except TimeoutError:
            return
        finally:
            house.signing.start()


def _replies_lost(house: House, _: Random, push: Push) -> None:
    """Orders are taken and their replies cut off; then the same of looks at orders, each signed in the meantime."""
    push(DELEGATING)
    try:
        for button, what in (("lose_begin", "lost-begin"), ("lose_progress", "lost-progress")):
            before = house.signing.asked(what)
            house.signing.press(**{button: True})
            wait_until(
                lambda what=what, before=before: house.signing.asked(what) > before, seconds=FIRE_SECONDS, what=what
            )
            house.signing.press(**{button: False})
        house.note("service-loses-replies")
    except TimeoutError:
        return
    finally:
        house.signing.release()


def _holders_late(house: House, _: Random, push: Push) -> None:
    """Nobody agrees in time: orders end unanswered, and are asked again."""
    before = house.signing.orders("expired")
    house.signing.press(approve_ms=60_000)
    push(DELEGATING)
    try:
        wait_until(lambda: house.signing.orders("expired") > before, seconds=FIRE_SECONDS, what="orders that expire")
        house.wait_for("select count(*) > 0 from signature_requests where asks > 1", seconds=FIRE_SECONDS)
        house.note("holders-late")
    except TimeoutError:
        return
    finally:
        house.signing.release()


def _service_lies(house: House, _: Random, push: Push) -> None:
    """It signs something else and says that it was this."""
    house.signing.press(wrong_value="other-digest")
    push(DELEGATING)
    try:
        wait_until(lambda: _met(house, "signer-foreign"), seconds=FIRE_SECONDS, what="a foreign value")
        house.note("service-lies")
    except TimeoutError:
        return
    finally:
        house.signing.release()


def _closing(name: str, cause: str, *, lifted: bool, **buttons: object) -> Fault:
    """Something ends requests so that somebody must act; whether staff then let some of the records go again."""

    def strike(house: House, _: Random, push: Push) -> None:
        house.signing.press(**buttons)
        push(DELEGATING)
        found = _comes(house, f"select count(*) > 0 {CLOSED.format(cause=cause)}")
        house.signing.release()
        if found:
            if lifted:
                [(told,), *_] = house.ask(f"select cause {CLOSED.format(cause=cause)}")
                house.staff("retry", "--cause", told, "--yes")
            house.note(name)

    return Fault(name, strike)


def _comes(house: House, query: str) -> bool:
    try:
        house.wait_for(query, seconds=FIRE_SECONDS)
    except TimeoutError:
        return False
    return True


def _met(house: House, cause: str) -> bool:
    return house.count("select count(*) from signature_requests where cause = %s", cause) > 0


HOLDERS_FAULTS = (
    Fault("service-killed", _service_killed),
    Fault("service-loses-replies", _replies_lost),
    Fault("holders-late", _holders_late),
    Fault("service-lies", _service_lies),
    _closing("holders-refuse", "signer-refused", lifted=True, refuse=True),
    _closing("keys-locked", "signer-locked", lifted=False, locked=True),
)
"""Every fault around the remote signing service."""
