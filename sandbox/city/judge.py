"""The portal's judgement: the whole package before its acknowledgement, then every record by itself. One bad record
never spoils its package.
"""

import logging
import queue
import threading
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from sandbox.city.certificates import CITY_CODE, Registry, Trust
from sandbox.city.envelope import Package, PackageRefused, open_package, parse
from sandbox.city.faults import Buttons
from sandbox.city.registrations import Registrations
from sandbox.city.signatures import BadSignature, Signed, read_signature, verify_signature, verify_slots
from sandbox.city.store import Accepted, Store, Verdict
from sandbox.city.structure import Malformed, check_structure

CHUNK = 100
KEPT_OPEN = 4
_log = logging.getLogger("sandbox.city")


class _Refused(Exception):
    """One record is refused."""

    def __init__(self, error: str, field: str, description: str) -> None:
        super().__init__(f"{error} {field}: {description}")
        self.error = error
        self.field = field
        self.description = description


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message at work."""

    messageid: str
    unit: str
    nam_hoc: int
    package: Package


class Judge:
    """Opens packages, and judges their records on one thread."""

    def __init__(self, store: Store, world: Path, buttons: Buttons, *, share: float, unknown_prefix: str) -> None:
        self.failures = 0
        self._store = store
        self._buttons = buttons
        self._share = share
        self._unknown_prefix = unknown_prefix
        self._trust = Trust(world / "trust")
        self.registrations = Registrations(store, self._trust, buttons)
        self._registry = Registry(world / "registry.json", self.registrations.approvals)
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._open: dict[str, Package] = {}
        self._thread = threading.Thread(target=self._work, name="judge", daemon=True)

    def start(self) -> None:
        """Takes up what was acknowledged before the last end, and waits for more."""
        for messageid in self._store.unjudged():
            self._waiting.put(messageid)
        self._thread.start()

    def stop(self) -> None:
        """Lets the thread end after what it is doing."""
        self._waiting.put(None)
        self._thread.join(timeout=10)

    @property
    def waiting(self) -> int:
        """Packages not yet taken up."""
        return self._waiting.qsize()

    def examine(self, content: str, *, unit: str, messageid: str) -> Package:
        """Opens a package and checks its transaction signature; PackageRefused otherwise."""
        package = open_package(content)
        self._registry.refresh()
        if package.signature is None:
            raise PackageRefused("E05", "thiếu chữ ký giao dịch")
        try:
            signed = self._transaction(package.root, package.signature, messageid)
        except BadSignature as why:
            raise PackageRefused("E05", f"chữ ký giao dịch: {why}") from why
        if not any(self._registry.approves(signed.signer, each, at=signed.at) for each in (unit, CITY_CODE)):
            raise PackageRefused("E07", "chứng thư của giao dịch chưa được phê duyệt cho đơn vị")
        return package

    def take(self, messageid: str, package: Package) -> None:
        """Judges an acknowledged package as soon as its turn comes; few are kept open, others are opened again."""
        if len(self._open) < KEPT_OPEN:
            self._open[messageid] = package
        self._waiting.put(messageid)

    def _transaction(self, root: etree._Element, signature: etree._Element, messageid: str) -> Signed:
        if self._buttons.share_of(f"verify/{messageid}") < self._share:
            return verify_signature(signature, target=root, target_id="dataDanhSach", trust=self._trust)
        return read_signature(signature, target_id="dataDanhSach", trust=self._trust)

    def _work(self) -> None:
        while (messageid := self._waiting.get()) is not None:
            try:
                self._judge(messageid)
            except Exception:
                self.failures += 1
                _log.exception("judging %s failed", messageid)

    def _judge(self, messageid: str) -> None:
        row = self._store.message(messageid)
        if row is None:
            raise LookupError(messageid)
        package = self._open.pop(messageid, None) or open_package(self._store.content(messageid))
        sent = _Sent(messageid, row["ma_don_vi"], row["nam_hoc"], package)
        for start in range(row["judged"], len(package.records), CHUNK):
            self._judge_chunk(sent, start)

    def _judge_chunk(self, sent: _Sent, start: int) -> None:
        self._registry.refresh()
        places = range(start, min(start + CHUNK, len(sent.package.records)))
        alone = {place: self._alone(sent, place) for place in places}
        good = [found for found in alone.values() if isinstance(found, Accepted)]
        used = self._store.used_uuids([found.uuid for found in good])
        in_force = self._store.in_force([found.so_cccd for found in good])
        verdicts, accepted = [], []
        for place, found in alone.items():
            refusal = found if isinstance(found, _Refused) else self._among_others(found, used, in_force)
            verdicts.append(_verdict(place, sent.package.records[place], refusal))
            if isinstance(found, Accepted) and refusal is None:
                used.add(found.uuid)
                in_force.add((found.so_cccd, found.nam_hoc))
                accepted.append(found)
        delay = self._buttons.now.verdict_delay_ms / 1000
        self._store.add_verdicts(sent.messageid, unit=sent.unit, verdicts=verdicts, accepted=accepted, delay=delay)

    def _among_others(self, found: Accepted, used: set[str], in_force: set[tuple[str, str]]) -> _Refused | None:
        if found.uuid in used:
            return _Refused("R04", "MA_TRA_CUU_UUID", "mã tra cứu đã được dùng")
        if (found.so_cccd, found.nam_hoc) in in_force:
            return _Refused("R06", "SO_CCCD", "học sinh đã có học bạ hiệu lực của năm học")
        if self._buttons.strikes_for("refuse_rate", found.uuid):
            return _Refused("R05", "MA_HOC_SINH", "không tìm thấy học sinh (nút lỗi)")
        return None

    def _alone(self, sent: _Sent, place: int) -> Accepted | _Refused:
        """Everything that can be said of one record without the others."""
        begins, ends = sent.package.cuts[place]
        try:
            fields = check_structure(sent.package.records[place])
            _check_belonging(sent, fields)
            uuid = fields["MA_TRA_CUU_UUID"].lower()
            seal = self._seal(sent, place, fields, verify=self._buttons.share_of(f"verify/{uuid}") < self._share)
            if not self._registry.approves(seal.signer, fields["MA_TRUONG"], at=seal.at):
                raise _Refused("R03", "KY_PHAT_HANH", "chứng thư của trường chưa được phê duyệt")
            if fields["MA_HOC_SINH"].startswith(self._unknown_prefix):
                raise _Refused("R05", "MA_HOC_SINH", "không tìm thấy học sinh")
        except Malformed as why:
            return _Refused("R01", why.field, why.reason)
        except BadSignature as why:
            return _Refused("R02", "Signature", str(why))
        except _Refused as refusal:
            return refusal
        return Accepted(
            uuid=uuid,
            ma_truong=fields["MA_TRUONG"],
            so_cccd=fields["SO_CCCD"],
            ma_hoc_sinh=fields["MA_HOC_SINH"],
            ho_va_ten=fields["HO_VA_TEN"],
            nam_hoc=fields["TEN_NAM_HOC"],
            khoi=int(fields["MA_KHOI"]),
            begins=begins,
            ends=ends,
        )

    def _seal(self, sent: _Sent, place: int, fields: dict[str, str], *, verify: bool) -> Signed:
        """The school's own signature on a record; with `verify`, all slots are verified in the record's own tree."""
        if not verify:
            slot = sent.package.records[place][1][-1]
            return read_signature(slot[-1], target_id="data", trust=self._trust)
        begins, ends = sent.package.cuts[place]
        record = parse(sent.package.text[begins:ends])
        return verify_slots(record, trust=self._trust, general=fields)["KY_PHAT_HANH"]


def _check_belonging(sent: _Sent, fields: dict[str, str]) -> None:
    if sent.unit not in {fields["MA_TRUONG"], CITY_CODE}:
        raise _Refused("R01", "MA_TRUONG", "đơn vị chỉ được gửi học bạ của mình")
    if fields["TEN_NAM_HOC"] != f"{sent.nam_hoc}-{sent.nam_hoc + 1}":
        raise _Refused("R01", "TEN_NAM_HOC", "năm học khác với nam_hoc của giao dịch")


def _verdict(place: int, record: etree._Element, refusal: _Refused | None) -> Verdict:
    def text(tag: str) -> str:
        return str(record.findtext(f"DU_LIEU_HOC_BA/THONG_TIN_CHUNG/{tag}") or "")

    return Verdict(
        place=place,
        uuid=text("MA_TRA_CUU_UUID"),
        ma_hoc_sinh=text("MA_HOC_SINH"),
        ten_hoc_sinh=text("HO_VA_TEN"),
        so_cccd=text("SO_CCCD"),
        error=refusal.error if refusal else "0",
        field=refusal.field if refusal else "",
        description=refusal.description if refusal else "",
    )
