"""`hocba demo`: builds the scene, lets vendors push, takes the city away for ten seconds, returns records, adds up."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.text import Text

from hub import engines
from hub.demo import props
from hub.demo.balance import Balance, Books, balance, count_signatures
from hub.demo.gauges import Gauges
from hub.demo.holders import Holders
from hub.demo.outage import Outage
from hub.demo.outside import City, SigningService, VendorBooks
from hub.demo.props import Folders
from hub.demo.screen import Bars, result_table
from hub.failures import Failure
from hub.ports import address, free_port
from hub.processes import Program
from hub.settings import Settings
from hub.up import Hub, hub_up, refuse_second, stay, wait_until_ready

RETURNED = 12
"""pupils whose records the city returns at the end"""
PATIENCE_SECONDS = 300.0
"""the journey is given up when it has not come to its end by then"""
PUSHING_SECONDS = 20.0
"""the first set's pushes are spread over this time"""
TICK_SECONDS = 0.2
SHOWN_VIOLATIONS = 25


@dataclass(slots=True)
class Scene:
    """Everything that takes part."""

    folders: Folders
    hub: Hub
    city: City
    signing: SigningService
    gauges: Gauges
    bars: Bars
    pushers: list[str] = field(default_factory=list)
    told_before: int = field(init=False)

    def __post_init__(self) -> None:
        self.told_before = self._told()

    def told(self) -> int:
        """Outcomes that the vendors have read since this run began."""
        return self._told() - self.told_before

    def _told(self) -> int:
        return sum(each.outcome_count() for each in self.books.values())

    @property
    def books(self) -> dict[str, VendorBooks]:
        """Every vendor's store."""
        return {each["code"]: VendorBooks(self.folders.vendors, each["code"]) for each in props.vendors(self.folders)}


def run_demo(settings: Settings, *, records: int, once: bool, console: Console) -> int:
    """Play the journey; returns the exit code."""
    folders = Folders(settings.data_folder.resolve())
    refuse_second(settings)
    _refuse_real_data(settings, folders)
    first = not any(props.sets(folders))
    began = time.monotonic()
    console.print(Text("Hocba Hub · hành trình mẫu / the sample journey", "bold"))
    with console.status("Dựng ba trường, hai nhà cung cấp, học bạ mẫu… · Making the sample world…"):
        props.build_world(folders)
        fresh = props.new_set(folders, records=records)
    with _scene(folders, fresh, console) as scene:
        with scene.bars:
            _play(scene, first=first)
        sums = _add_up(scene)
        console.print(result_table(sums, scene.gauges.times()))
        _conclude(sums, console, seconds=time.monotonic() - began)
        if not once:
            _invite(scene, console)
            with suppress(KeyboardInterrupt):
                stay(scene.hub)
            console.print("Đang dừng… · Stopping…")
    return 1 if once and sums.violations else 0


def _refuse_real_data(settings: Settings, folders: Folders) -> None:
    """Invented pupils do not go into a database that may hold real ones."""
    if settings.ledger.url is not None or (engines.exists(folders.data / "postgres") and not folders.world.exists()):
        raise Failure(
            vi="Ở đây có thể có dữ liệu thật; hành trình mẫu không ghi vào đó.",
            en="There may be real data here; the sample journey does not touch it.",
            do_vi="Chọn thư mục khác: HOCBA_DATA_FOLDER=.hocba-demo hocba demo, và bỏ HOCBA_LEDGER__URL.",
            do_en="Choose another folder: HOCBA_DATA_FOLDER=.hocba-demo hocba demo, without HOCBA_LEDGER__URL.",
            code=73,
        )


@contextmanager
def _scene(folders: Folders, fresh: Path, console: Console) -> Iterator[Scene]:
    """The city, the signing service, the timestamps, the hub and the vendors, up; all down again whatever happens."""
    ports = {name: free_port("127.0.0.1", 0) for name in ("city", "signing", "tsa")}
    urls = {name: address("127.0.0.1", port) for name, port in ports.items()}
    told = props.settle_environment(folders, city=urls["city"], signing=urls["signing"], tsa=urls["tsa"])
    _prefer_a_free_port()
    made = len(list(props.entries(fresh)))
    beside = [
        _outside("city", "sandbox.city", ports["city"], folders.city, folders.world),
        _outside("signing", "sandbox.signing_service", ports["signing"], folders.signing, folders.world),
        Program("tsa", "sandbox.tsa", ("--port", str(ports["tsa"]), "--world", str(folders.world))),
    ]
    starting = console.status("Khởi động máy chủ và các tiến trình… · Starting engines and processes…")
    with starting, hub_up(Settings(), to_files=True, beside=beside, told=told) as hub, ExitStack() as stack:
        city, signing = City(urls["city"]), SigningService(urls["signing"])
        stack.callback(city.close)
        stack.callback(signing.close)
        assert hub.ledger.url is not None
        gauges = Gauges(hub.ledger.url.get_secret_value())
        stack.callback(gauges.close)
        wait_until_ready(hub, list(hub.supervisor.pids()))
        _wait_for(hub, "city", lambda: city.state() is not None)
        _wait_for(hub, "signing", lambda: signing.counts() is not None)
        starting.stop()
        yield Scene(folders, hub, city, signing, gauges, Bars(console, records=made, bundles=RETURNED))


def _outside(name: str, module: str, port: int, data: Path, world: Path) -> Program:
    return Program(name, module, ("--port", str(port), "--data", str(data), "--world", str(world)))


def _prefer_a_free_port() -> None:
    """The console's usual port, unless something listens there already and nobody asked for it."""
    if "HOCBA_WEB__PORT" in os.environ:
        return
    web = Settings().web
    try:
        free_port(web.host, web.port)
    except Failure:
        os.environ["HOCBA_WEB__PORT"] = "0"


def _wait_for(hub: Hub, name: str, answers: Callable[[], bool]) -> None:
    until = time.monotonic() + hub.settings.processes.start_seconds
    while not answers():
        hub.supervisor.tick()
        if time.monotonic() > until:
            raise Failure(
                vi=f"Tiến trình giả lập «{name}» không khởi động được.",
                en=f"The sandbox's process «{name}» does not start.",
                do_vi=f"Xem {hub.supervisor.log_file(name)}.",
                do_en="See its log.",
                code=70,
            )
        time.sleep(TICK_SECONDS)


# ---------------------------------------------------------------- the play


def _play(scene: Scene, *, first: bool) -> None:
    holders = Holders(scene.signing, scene.bars)
    holders.behave(slow=props.slow_holder(scene.folders))
    _raise_curtain(scene, first=first)
    outage = Outage(scene.city, scene.bars, records=_made(scene), wanted=first)
    until = time.monotonic() + PATIENCE_SECONDS
    books = scene.books

    def everything_ended() -> bool:
        outage.look()
        holders.look()
        pushed = all(scene.hub.supervisor.ended(name) is not None for name in scene.pushers)
        return pushed and outage.over and scene.gauges.read().moving == 0 and _waiting(scene, books) == 0

    if not _until(scene, everything_ended, until=until):
        scene.bars.say("Hết giờ, vẫn còn hồ sơ chưa xong.", "Time is up; some records have not come to an end.")
        return
    holders.conclude()
    school = props.secondary_school(scene.folders)
    codes = scene.city.give_back(school=school["code"], name=school["name"], count=RETURNED)
    scene.bars.say(
        f"Sở trả {len(codes)} học bạ lớp 5 cho {school['name']}.",
        f"The city returns {len(codes)} grade-5 pupils' records to a secondary school.",
    )

    def all_returned() -> bool:
        receipts = scene.city.receipts()
        return all(code in receipts for code in codes)

    if not _until(scene, all_returned, until=until):
        scene.bars.say("Hết giờ, vẫn còn học bạ trả về chưa xác nhận.", "Time is up; some returns are not confirmed.")


def _raise_curtain(scene: Scene, *, first: bool) -> None:
    """The vendors' software starts: one that reads for each, one that pushes each set that has not been pushed."""
    for vendor in props.vendors(scene.folders):
        code = vendor["code"]
        scene.hub.supervisor.start(_vendor(scene, f"vendor-{code}", code, "watch", "--interval", "0.5"))
        for folder in props.sets(scene.folders):
            mine = {entry.batch for entry in props.entries(folder) if entry.sender == code}
            waiting = mine - VendorBooks(scene.folders.vendors, code).pushes().keys()
            if waiting:
                pause = PUSHING_SECONDS / len(waiting) if first else 0.2
                name = f"push-{code}-{folder.name}"
                options = ("--batches", str(folder), "--pause", f"{pause:.2f}", "--patience", "120")
                scene.hub.supervisor.start(_vendor(scene, name, code, "push", *options))
                scene.pushers.append(name)


def _vendor(scene: Scene, name: str, code: str, mode: str, *options: str) -> Program:
    key = scene.folders.keys / f"{code}.key"
    if not key.exists():
        raise Failure(
            vi=f"Không còn khóa API của {code} ({key}).",
            en=f"The API key of {code} is gone.",
            do_vi="Xóa thư mục .hocba để bắt đầu lại từ đầu.",
            do_en="Remove the folder .hocba to begin anew.",
            code=66,
        )
    arguments = (
        *(mode, "--hub", scene.hub.api, "--world", str(scene.folders.world)),
        *("--data", str(scene.folders.vendors), "--sender", code, "--key-file", str(key)),
        *options,
    )
    return Program(name, "sandbox.vendors", arguments, once=mode == "push")


def _made(scene: Scene) -> int:
    return sum(1 for folder in props.sets(scene.folders) for _ in props.entries(folder))


def _until(scene: Scene, done: Callable[[], bool], *, until: float) -> bool:
    """Keep everything running and shown until it is done; False when time is up."""
    while time.monotonic() < until:
        scene.hub.supervisor.tick()
        ended = done()
        state = scene.city.state() or {}
        scene.bars.show(scene.gauges.read(), told=scene.told(), city=int(state.get("accepted", 0)))
        if ended:
            return True
        time.sleep(TICK_SECONDS)
    return False


def _waiting(scene: Scene, books: dict[str, VendorBooks]) -> int:
    """Accepted records whose vendor has not read an outcome yet."""
    missing = 0
    for each in books.values():
        outcomes = each.outcomes()
        for push in each.pushes().values():
            accepted = [index for index, line in enumerate(push.lines) if line.status == "accepted"]
            missing += sum((push.receipt, index) not in outcomes for index in accepted)
    return missing


# ---------------------------------------------------------------- the end


def _add_up(scene: Scene) -> Balance:
    made = [entry for folder in props.sets(scene.folders) for entry in props.entries(folder)]
    stores = scene.books
    books = {code: Books(each.pushes(), each.outcomes()) for code, each in stores.items()}
    sums = balance(made, books, scene.city.accepted())
    delegated = [each["code"] for each in props.vendors(scene.folders) if each["signing"] == "delegated"]
    sealed = [outcome for code in delegated for outcome in books[code].outcomes.values()]
    approvals = (scene.signing.counts() or {}).get("signed", 0)
    count_signatures(sums, sealed, hashes=scene.signing.signed(), agreed=approvals)
    receipts = scene.city.receipts()
    seen: dict[str, str] = {}
    for each in stores.values():
        seen |= each.bundles()
    for code in scene.city.bundles():
        sums.bundles += 1
        if receipts.get(code) == 1 and seen.get(code) == "received":
            sums.confirmed += 1
        else:
            sums.violations.append(f"{code}: chưa xác nhận đủ hai phía / not confirmed on both sides")
    if not sums.bundles:
        sums.violations.append("Sở chưa trả học bạ nào / nothing was returned")
    return sums


def _conclude(sums: Balance, console: Console, *, seconds: float) -> None:
    if not sums.violations:
        console.print(
            Text(
                "✓ Số liệu khớp: mỗi hồ sơ sai bị chặn đúng chỗ, mọi hồ sơ đúng có hiệu lực ở Sở đúng một lần, mọi kết"
                " quả đã về nơi gửi.",
                "bold green",
            )
        )
        console.print(Text(f"The sums add up ({seconds:.0f} s).", "dim"))
        return
    console.print(Text(f"✗ {len(sums.violations)} điều không khớp · things that do not add up:", "bold red"))
    for violation in sums.violations[:SHOWN_VIOLATIONS]:
        console.print(Text(f"  {violation}", "red"))


def _invite(scene: Scene, console: Console) -> None:
    console.print(Text.assemble("Trang quản trị · console: ", (f"{scene.hub.api}/console", "bold underline")))
    console.print(Text(f"API: {scene.hub.api}/docs · Sở giả lập · sandbox city: {scene.city.url}/admin/state", "dim"))
    command = "./hocba" if Path("hocba").is_file() else "hocba"
    tries = " · ".join(f"{command} {what}" for what in ("failed", "lanes", "status UUID", "doctor"))
    console.print(Text(f"Thử · try: {tries}", "dim"))
    console.print(Text("Ctrl-C để dừng. · Ctrl-C stops everything.", "bold"))
