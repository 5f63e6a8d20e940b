"""Every setting of the hub, declared once: environment variables, files that hold secrets, `hocba.toml`, defaults.

A name is its path: `ledger.pool_size` is `HOCBA_LEDGER__POOL_SIZE` in the environment and `pool_size` under `[ledger]`
in the file. `HOCBA_LEDGER__URL_FILE=/run/secrets/url` reads that setting from a file instead, whatever the setting.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from connectors.arrivals import Limits
from connectors.portal import PortalSettings
from console.settings import WebSettings
from hub.failures import Failure
from ledger.settings import LedgerSettings
from routes.certificate_settings import CertificateSettings, RegisteringSettings
from routes.check_settings import CheckSettings
from routes.settings import (
    DispatchSettings,
    KafkaSettings,
    LimitSettings,
    PackingSettings,
    RetrySettings,
    RouteSettings,
    WorkerSettings,
)
from routes.signing_settings import EvidenceSettings, SigningSettings
from transformers.printed.settings import PrintSettings

PREFIX = "HOCBA_"
DELIMITER = "__"
FILE_SUFFIX = "_FILE"
DEFAULT_FILE = Path("hocba.toml")

MIB = 1024 * 1024


class IntakeSettings(BaseModel):
    """What one submission may hold, beside the size of its body."""

    unpacked_octets: int = Field(
        64 * MIB, ge=1000, description="Dung lượng tối đa sau giải nén. / Size of a packed body once unpacked, at most."
    )
    records: int = Field(
        2000, ge=1, le=10_000, description="Số hồ sơ tối đa của một lần gửi. / Records of one submission, at most."
    )
    json_depth: int = Field(64, ge=8, le=500, description="Độ sâu tối đa của JSON. / Nesting of a JSON body, at most.")
    record_octets: int = Field(
        2 * MIB, ge=1000, description="Dung lượng tối đa của một hồ sơ. / Size of one record, at most."
    )


class LogSettings(BaseModel):
    """What the processes write about their work; never personal data."""

    format: str = Field(
        "auto",
        pattern="^(auto|json|text)$",
        description="auto: chữ trên màn hình, JSON nơi khác. / auto: text on a terminal, JSON elsewhere.",
    )
    level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="Mức ghi nhật ký. / Least level that is written."
    )


class ProcessSettings(BaseModel):
    """How the supervisor keeps the processes of `hocba up`."""

    workers: int = Field(
        1,
        ge=1,
        le=64,
        description=(
            "Số tiến trình worker; máy chủ Kafka nhúng chỉ chịu được 1. / Worker processes; the embedded broker bears"
            " one."
        ),
    )
    silent_seconds: float = Field(
        60.0,
        gt=0,
        description=(
            "Tiến trình không có tiến triển trong bấy lâu thì bị thay. / A process without progress for this long is"
            " replaced."
        ),
    )
    start_seconds: float = Field(
        60.0, gt=0, description="Hạn để một tiến trình sẵn sàng. / A process must be ready within this time."
    )
    stop_seconds: float = Field(
        30.0,
        gt=0,
        description="Hạn để dừng êm, sau đó bị ngắt. / Time to stop in good order; then it is killed.",
    )
    backoff_seconds: tuple[float, ...] = Field(
        (0.5, 1, 2, 5, 10, 30),
        min_length=1,
        description="Chờ bao lâu trước khi khởi động lại. / Wait before each restart in a row.",
    )


class Settings(BaseSettings):
    """All of them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, env_ignore_empty=True, extra="forbid", frozen=True
    )

    data_folder: Path = Field(
        Path(".hocba"),
        description="Nơi giữ dữ liệu của máy chủ nhúng, nhật ký, khóa. / Where the embedded engines, logs and keys live.",
    )
    world_folder: Path | None = Field(
        None,
        description=(
            "Thư mục units.json, senders.json, registry.json nhập khi khởi động. / Folder with units.json, senders.json,"
            " registry.json to import at start."
        ),
    )
    ledger: LedgerSettings = LedgerSettings()
    web: WebSettings = WebSettings()
    intake: IntakeSettings = IntakeSettings()
    kafka: KafkaSettings = KafkaSettings()
    dispatch: DispatchSettings = DispatchSettings()
    retry: RetrySettings = RetrySettings()
    limits: LimitSettings = LimitSettings()
    packing: PackingSettings = PackingSettings()
    signing: SigningSettings = SigningSettings()
    certificates: CertificateSettings = CertificateSettings()
    registering: RegisteringSettings = RegisteringSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    worker: WorkerSettings = WorkerSettings()
    check: CheckSettings = CheckSettings()
    city: PortalSettings = PortalSettings()
    printing: PrintSettings = PrintSettings()
    logs: LogSettings = LogSettings()
    processes: ProcessSettings = ProcessSettings()
    deadline: datetime | None = Field(None, description=RouteSettings.model_fields["deadline"].description)
    return_seconds: float = Field(10.0, gt=0, description=RouteSettings.model_fields["return_seconds"].description)

    @property
    def routes(self) -> RouteSettings:
        """The journey's part."""
        return RouteSettings(
            kafka=self.kafka,
            dispatch=self.dispatch,
            retry=self.retry,
            limits=self.limits,
            packing=self.packing,
            signing=self.signing,
            registering=self.registering,
            evidence=self.evidence,
            worker=self.worker,
            check=self.check,
            deadline=self.deadline,
            return_seconds=self.return_seconds,
        )

    @property
    def reading(self) -> Limits:
        """The bounds that every submission is read under."""
        return Limits(
            body_octets=self.web.body_octets,
            unpacked_octets=self.intake.unpacked_octets,
            records=self.intake.records,
            json_depth=self.intake.json_depth,
            record_octets=self.intake.record_octets,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Secrets from files over the environment over the settings file."""
        return init_settings, SecretFiles(settings_cls), env_settings, SettingsFile(settings_cls)


class SecretFiles(PydanticBaseSettingsSource):
    """`HOCBA_…_FILE` names a file whose text is the setting: how containers hand over secrets."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Values come as a whole, from `__call__`."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Every setting that is given so, nested by its path."""
        found: dict[str, Any] = {}
        for path, file in _secret_files():
            _put(found, path, _read_secret(file))
        return found


def _secret_files() -> Iterator[tuple[tuple[str, ...], Path]]:
    known = set(paths())
    for name, value in os.environ.items():
        if name.startswith(PREFIX) and name.endswith(FILE_SUFFIX) and value:
            path = _path_of(name.removesuffix(FILE_SUFFIX))
            if path in known:
                yield path, Path(value)


def _path_of(variable: str) -> tuple[str, ...]:
    return tuple(variable.removeprefix(PREFIX).lower().split(DELIMITER))


def _read_secret(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Failure(
            vi=f"Không đọc được tệp bí mật {file}: {error.strerror}.",
            en=f"The secret file {file} cannot be read: {error.strerror}.",
            do_vi="Kiểm tra đường dẫn và quyền đọc tệp.",
            do_en="Check its path and who may read it.",
        ) from error


def _put(tree: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = value


class SettingsFile(PydanticBaseSettingsSource):
    """`hocba.toml` in the current folder, or the file that `HOCBA_SETTINGS` names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Values come as a whole, from `__call__`."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The file's tables."""
        file = settings_file()
        if file is None:
            return {}
        try:
            return tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Failure(
                vi=f"Không đọc được tệp cấu hình {file}: {error}.",
                en=f"The settings file {file} cannot be read: {error}.",
                do_vi="Sửa tệp, hoặc bỏ biến HOCBA_SETTINGS.",
                do_en="Mend the file, or unset HOCBA_SETTINGS.",
            ) from error


def settings_file() -> Path | None:
    """The settings file in use; None when there is none."""
    named = os.environ.get("HOCBA_SETTINGS")
    if named:
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


# ---------------------------------------------------------------- what there is, and where it came from


@dataclass(frozen=True, slots=True)
class Told:
    """One setting, as staff read it."""

    path: str
    """its name: `ledger.pool_size`"""
    variable: str
    """the environment variable that sets it"""
    value: str
    """its value now; secrets are hidden"""
    origin: str
    """where the value came from: default, hocba.toml, environment, or a secret file"""
    meaning: str
    """what it does, in Vietnamese / English"""


def paths(model: type[BaseModel] = Settings) -> Iterator[tuple[str, ...]]:
    """The path of every setting."""
    for path, _ in fields(model):
        yield path


def fields(model: type[BaseModel] = Settings) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every setting with its declaration, section by section."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            for path, inner in fields(field.annotation):
                yield (name, *path), inner
        else:
            yield (name,), field


def tell(settings: Settings) -> list[Told]:
    """Every setting, its value, where it came from, what it means."""
    origins = _origins()
    return [
        Told(
            path=".".join(path),
            variable=variable(path),
            value=shown(_at(settings, path)),
            origin=origins.get(path, "mặc định / default"),
            meaning=field.description or "",
        )
        for path, field in fields()
    ]


def variable(path: tuple[str, ...]) -> str:
    """The environment variable of a setting."""
    return PREFIX + DELIMITER.join(path).upper()


def _at(settings: BaseModel, path: tuple[str, ...]) -> object:
    value: object = settings
    for part in path:
        value = getattr(value, part)
    return value


def shown(value: object) -> str:
    """A value for people; a secret never shows."""
    if value is None:
        return "—"
    if isinstance(value, SecretStr):
        return "••••••" if value.get_secret_value() else "—"
    if isinstance(value, frozenset | set):
        return ", ".join(sorted(map(str, value)))
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}=••••••" if isinstance(each, SecretStr) else str(key) for key, each in value.items())
    return str(value)


def _origins() -> dict[tuple[str, ...], str]:
    """Path → where its value comes from, for those that are set somewhere."""
    found: dict[tuple[str, ...], str] = {}
    file = settings_file()
    known = list(paths())
    if file is not None:
        said = SettingsFile(Settings)()
        found |= {path: file.name for path in known if _holds(said, path)}
    present = {name.upper() for name, value in os.environ.items() if value}
    found |= {path: "môi trường / environment" for path in known if variable(path) in present}
    sections = {path[:depth] for path in known for depth in range(1, len(path))}
    whole = {section for section in sections if variable(section) in present}
    found |= {path: "môi trường / environment" for path in known if path[:1] in whole}
    found |= {path: f"tệp bí mật / secret file {name}" for path, name in _secret_files()}
    return found


def _holds(tree: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    value: object = tree
    for part in path:
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True
