"""`python -m bench.broker`: the embedded broker in a process of its own, so that its processor time can be told apart."""

import signal

from hub.engines import EmbeddedBroker


def main() -> None:
    """Say the address, stay until SIGTERM."""
    with EmbeddedBroker() as broker:
        print(broker.servers, flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
