"""`python -m sandbox.vendors MODE --hub URL --world DIR --data DIR --sender CODE --key-file F`: one vendor's software.

Modes: `push` sends the batches of a folder that `sandbox.pupils` wrote; `once` reads outcomes and inbox to their end;
`watch` does so for ever.
"""

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from sandbox.schools import Sender
from sandbox.vendors.hub import HubClient, Reply, TryLater
from sandbox.vendors.store import VendorStore
from sandbox.world import load_world

PAGE = 500


@dataclass(frozen=True, slots=True)
class _Push:
    file: Path
    content_type: str
    key: str


class VendorSoftware:
    """One sender's system."""

    def __init__(self, sender: Sender, hub: HubClient, store: VendorStore) -> None:
        self._sender = sender
        self._hub = hub
        self._store = store

    def push(self, folder: Path, *, parallel: int, pause: float) -> int:
        """Sends every batch of this sender that was not answered yet; returns how many were refused or gave up."""
        waiting = [push for push in self._batches(folder) if not self._store.pushed(push.key)]
        failed = 0
        with ThreadPoolExecutor(parallel) as pool:
            for push, reply, seconds in pool.map(lambda each: self._push_one(each, pause), waiting):
                failed += self._note_push(push, reply, seconds)
        self.tell("push-ended", failed=failed, **self._store.totals())
        return failed

    def _batches(self, folder: Path) -> Iterator[_Push]:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for batch in manifest["files"]:
            if batch["sender"] == self._sender.code:
                path = folder / batch["file"]
                kind = "application/xml" if batch["format"] == "official" else "application/json"
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                yield _Push(path, kind, f"{self._sender.code}-{path.stem}-{digest[:24]}")

    def _push_one(self, push: _Push, pause: float) -> tuple[_Push, Reply | TryLater, float]:
        started = time.monotonic()
        try:
            reply: Reply | TryLater = self._hub.push(
                push.file.read_bytes(), content_type=push.content_type, key=push.key
            )
        except TryLater as gave_up:
            reply = gave_up
        seconds = time.monotonic() - started
        time.sleep(pause)
        return push, reply, seconds

    def _note_push(self, push: _Push, reply: Reply | TryLater, seconds: float) -> int:
        if isinstance(reply, TryLater):
            self.tell("gave-up", file=push.file.name, why=str(reply))
            return 1
        self._store.add_push(
            push.key, file=push.file.name, status=reply.status, reply=reply.body, attempts=reply.attempts
        )
        counts = {name: reply.body.get(name) for name in ("receipt", "accepted", "refused", "duplicate")}
        event = {202: "pushed", 409: "conflict"}.get(reply.status, "refused")
        self.tell(
            event,
            file=push.file.name,
            status=reply.status,
            attempts=reply.attempts,
            seconds=round(seconds, 3),
            **counts,
        )
        return int(event != "pushed")

    def read(self) -> int:
        """Reads both feeds to their present end and confirms what came; returns how much was new."""
        return self._read_outcomes() + self._read_inbox() + self._confirm_bundles()

    def _read_outcomes(self) -> int:
        count = 0
        for page in self._pages("outcomes"):
            outcomes = page["outcomes"]
            self._store.add_outcomes(outcomes, page["next"])
            if outcomes:
                fates = Counter(each["fate"] for each in outcomes)
                self.tell("outcomes", count=len(outcomes), next=page["next"], fates=fates)
            count += len(outcomes)
        return count

    def _read_inbox(self) -> int:
        count = 0
        for page in self._pages("inbox"):
            self._store.add_bundles(page["items"], page["next"])
            count += len(page["items"])
        return count

    def _pages(self, feed: str) -> Iterator[dict[str, Any]]:
        while True:
            reply = self._hub.page(feed, after=self._store.cursor(feed), limit=PAGE)
            if reply.status != 200:
                raise SystemExit(f"{feed}: HTTP {reply.status}")
            yield reply.body
            if not reply.body["more"]:
                return

    def _confirm_bundles(self) -> int:
        confirmed = 0
        for bundle in self._store.unconfirmed():
            reason = _reason_to_refuse(bundle)
            status = "refused" if reason else "received"
            reply = self._hub.confirm(bundle["bundle"], status=status, reason=reason)
            if reply.status == 200:
                self._store.confirm(bundle["bundle"], status=status, reason=reason)
                confirmed += 1
            records = len(bundle["records"])
            self.tell("bundle", bundle=bundle["bundle"], records=records, confirmed=status, status=reply.status)
        return confirmed

    def tell(self, event: str, **facts: object) -> None:
        """One line of progress."""
        print(json.dumps({"event": event, "sender": self._sender.code, **facts}, ensure_ascii=False), flush=True)


def _reason_to_refuse(bundle: dict[str, Any]) -> str:
    """What a school's software looks at before it takes over a returned pupil: each record can be read and is the one
    that was announced."""
    for record in bundle["records"]:
        try:
            root = etree.fromstring(record["content"].encode(), etree.XMLParser(resolve_entities=False))
        except etree.XMLSyntaxError:
            return "học bạ không đọc được"
        found = root.findtext("DU_LIEU_HOC_BA/THONG_TIN_CHUNG/MA_TRA_CUU_UUID") or ""
        if found.lower() != str(record["uuid"]).lower():
            return "mã tra cứu không khớp"
    return ""


def _watch(software: VendorSoftware, interval: float) -> None:
    while True:
        try:
            new = software.read()
        except TryLater as away:
            software.tell("waiting", why=str(away))
            new = 0
        if not new:
            time.sleep(interval)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.vendors", description="Phần mềm của nhà cung cấp (giả lập)"
    )
    parser.add_argument("mode", choices=("push", "once", "watch"))
    parser.add_argument("--hub", required=True, help="địa chỉ của hub · the hub's address")
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="nơi giữ kho của phần mềm · where its store lies")
    parser.add_argument("--sender", required=True)
    parser.add_argument("--key-file", type=Path, required=True, help="tệp chứa khóa API · file with the API key")
    parser.add_argument(
        "--batches", type=Path, help="thư mục do sandbox.pupils viết · folder written by sandbox.pupils"
    )
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0, help="giây nghỉ sau mỗi lần gửi · seconds after each push")
    parser.add_argument("--interval", type=float, default=0.5, help="giây giữa hai lần đọc · seconds between readings")
    parser.add_argument("--patience", type=float, default=300, help="giây thử lại · seconds of trying again")
    chosen = parser.parse_args()
    if chosen.mode == "push" and chosen.batches is None:
        parser.error("push: thiếu --batches · --batches is missing")
    sender = load_world(chosen.world).sender(chosen.sender)
    store = VendorStore(chosen.data / f"{sender.code}.sqlite3")
    key = chosen.key_file.read_text(encoding="utf-8").strip()
    hub = HubClient(chosen.hub, key, patience=chosen.patience)
    software = VendorSoftware(sender, hub, store)
    try:
        if chosen.mode == "push":
            return 1 if software.push(chosen.batches, parallel=chosen.parallel, pause=chosen.pause) else 0
        if chosen.mode == "once":
            software.read()
            return 0
        _watch(software, chosen.interval)
    except TryLater as gave_up:
        software.tell("gave-up", why=str(gave_up))
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        hub.close()
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
