"""Files posted to the hub's API, a line per record, what was found told beneath it."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text

from hub import running
from hub.failures import Failure, file_missing
from hub.settings import Settings

KEY_VARIABLE = "HOCBA_API_KEY"
REFUSED = 2
KINDS = {".xml": "application/xml", ".json": "application/json"}
MARKS = {"accepted": ("✓", "green"), "duplicate": ("=", "yellow"), "refused": ("✗", "red")}


def push_files(
    settings: Settings,
    files: Sequence[Path],
    *,
    key_file: Path | None,
    sender: str | None,
    hub: str | None,
    again: bool,
    console: Console,
) -> int:
    """Push them one after another; returns the exit code."""
    key = _key(settings, key_file, sender)
    url = hub or _running_hub(settings)
    code = 0
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=120) as client:
        for file in files:
            code = max(code, _push_one(client, file, again=again, console=console))
    return code


def _key(settings: Settings, key_file: Path | None, sender: str | None) -> str:
    if key_file is not None:
        return _read(key_file).decode("utf-8", "replace").strip()
    if sender is not None:
        file = settings.data_folder / "keys" / f"{sender}.key"
        return _read(file).decode("utf-8", "replace").strip()
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if key:
        return key
    raise Failure(
        vi="Thiếu khóa API.",
        en="The API key is missing.",
        do_vi=f"Thêm --key-file TỆP hoặc --sender MÃ, hoặc đặt {KEY_VARIABLE}.",
        do_en=f"Add --key-file FILE or --sender CODE, or set {KEY_VARIABLE}.",
        code=64,
    )


def _running_hub(settings: Settings) -> str:
    there = running.find(settings.data_folder)
    return there.api if there else f"http://{settings.web.host}:{settings.web.port}"


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise file_missing(file) from error


def _push_one(client: httpx.Client, file: Path, *, again: bool, console: Console) -> int:
    octets = _read(file)
    kind = KINDS.get(file.suffix.lower()) or ("application/json" if octets[:1] in (b"{", b"[") else "application/xml")
    name = hashlib.sha256(octets).hexdigest() if not again else os.urandom(16).hex()
    try:
        reply = client.post(
            "/v1/submissions", content=octets, headers={"Content-Type": kind, "Idempotency-Key": f"cli-{name[:48]}"}
        )
    except httpx.TransportError as error:
        raise Failure(
            vi=f"Không kết nối được hub ở {client.base_url}.",
            en=f"No hub answers at {client.base_url}.",
            do_vi="Chạy «hocba up», hoặc chỉ địa chỉ bằng --hub.",
            do_en="Start «hocba up», or name its address with --hub.",
            code=69,
        ) from error
    console.print(Text(str(file), "bold"))
    body = _json(reply)
    if reply.status_code != httpx.codes.ACCEPTED:
        _print_problem(reply.status_code, body, console)
        return 1
    return _print_receipt(body, console)


def _json(reply: httpx.Response) -> dict[str, Any]:
    try:
        body = reply.json()
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def _print_receipt(body: dict[str, Any], console: Console) -> int:
    for line in body.get("records", ()):
        mark, style = MARKS.get(line["status"], ("?", ""))
        console.print(Text(f"  {mark} {line['index'] + 1:>5} {line['uuid'] or '—'} {line['status']}", style))
        _print_findings(line["findings"], console)
    console.print(
        Text(
            f"  Biên nhận · Receipt {body['receipt']}: nhận · accepted {body['accepted']},"
            f" từ chối · refused {body['refused']}, trùng · duplicate {body['duplicate']}"
        )
    )
    return REFUSED if body["refused"] else 0


def _print_problem(status: int, body: dict[str, Any], console: Console) -> None:
    console.print(Text(f"  ✗ HTTP {status} {body.get('title', '')} {body.get('detail', '')}".rstrip(), "red"))
    if body.get("title_en"):
        console.print(Text(f"    {body['title_en']} {body.get('detail_en', '')}".rstrip(), "dim"))
    _print_findings(body.get("findings", ()), console)
    if body.get("receipt"):
        console.print(Text(f"    Biên nhận trước · Earlier receipt: {body['receipt']}"))


def _print_findings(findings: Sequence[dict[str, Any]], console: Console) -> None:
    for finding in findings:
        place = finding.get("path") or (f"byte {finding['offset']}" if finding.get("offset") is not None else "")
        console.print(Text(f"      {finding['rule']} {place} {finding['message']['vi']} → {finding['remedy']['vi']}"))
        console.print(Text(f"      {finding['message']['en']} → {finding['remedy']['en']}", "dim"))
