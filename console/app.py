"""The one web application: the vendors' API, the staff's pages, health, and a description of the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.staticfiles import StaticFiles

from connectors.arrivals import Limits
from console import description, health, problems, vendor_api
from console.gate import Gate
from console.intake import Intake
from console.judging import JudgeRoom
from console.keys import Keys
from console.printing import PrintRoom
from console.registrar import LedgerRegistrar
from console.settings import WebSettings
from console.shapes import ProblemShape
from console.staff import actions, certificate_actions, certificates, evidence, pages, signatures, verifying
from console.staff.certificate_notices import figures
from console.staff.glance import Glance
from console.staff.guard import Doorkeeper
from console.staff.rendering import FOLDER
from console.steering import LedgerAcceptance, LedgerSteering
from console.wiring import CertificateRules, Turnstile, Wiring
from ledger import signature_views
from ledger.settings import LedgerSettings
from routes.signing_settings import EvidenceSettings, SigningSettings
from transformers.printed.settings import PrintSettings

START_PATIENCE_SECONDS = 5.0
"""the application waits this long for the database before it serves, with 503 if need be"""

ABOUT = (
    "Cổng gửi học bạ số của phần mềm nhà trường. Lỗi trả về theo RFC 9457 (application/problem+json), nêu mọi lỗi"
    " một lần. / Where school software sends digital school records. Refusals follow RFC 9457, all faults at once."
)


ADDRESSES = (
    *(vendor_api, health, description, pages, certificate_actions, certificates),
    *(verifying, signatures, evidence, actions),
)
"""Where requests are answered; the first that knows a path has it."""


def create_app(
    settings: WebSettings,
    *,
    ledger: LedgerSettings,
    limits: Limits,
    destination: str = "city",
    deadline: datetime | None = None,
    printing: PrintSettings | None = None,
    rules: CertificateRules | None = None,
    signing: SigningSettings | None = None,
    preserving: EvidenceSettings | None = None,
) -> FastAPI:
    """The application; it opens the ledger and starts its readers when it is started."""
    gate = Gate(ledger)
    certified = rules or CertificateRules()
    signs, prints = signing or SigningSettings(), printing or PrintSettings()
    wiring = Wiring(
        settings=settings,
        gate=gate,
        keys=Keys(gate, cache_seconds=settings.key_cache_seconds),
        intake=Intake(settings, limits),
        turnstile=Turnstile(settings.at_once, retry_after_seconds=settings.retry_after_seconds),
        accept=LedgerAcceptance(gate, destination=destination, deadline=deadline),
        steer=LedgerSteering(gate),
        destination=destination,
        prints=PrintRoom(prints, signs, at_once=settings.at_once, retry_after_seconds=settings.retry_after_seconds),
        judge=JudgeRoom(gate, signs, prints, limits, retry_after_seconds=settings.retry_after_seconds),
        certificates=certified,
        registrar=LedgerRegistrar(gate),
        glance=Glance(lambda connection: figures(connection, certified)),
        signatures=Glance(signature_views.counts),
        evidence=preserving or EvidenceSettings(),
        stamps=bool(signs.timestamps.urls),
    )
    app = FastAPI(title="Hocba Hub", version="1", description=ABOUT, docs_url=None, redoc_url=None, lifespan=_lifespan)
    app.state.wiring = wiring
    app.mount("/console/static", StaticFiles(directory=FOLDER / "static"))
    for each in ADDRESSES:
        app.include_router(each.router)
    problems.install(app, retry_after_seconds=settings.retry_after_seconds)
    app.add_middleware(Doorkeeper, settings=settings)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    wiring: Wiring = app.state.wiring
    async with wiring.gate.opened(patience_seconds=START_PATIENCE_SECONDS):
        with wiring.intake as intake:
            intake.warm()
            yield
        wiring.judge.close()


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        # Refusals are made outside the routes: their shape is added once, and every operation refers to it.
        problem = ProblemShape.model_json_schema(ref_template="#/components/schemas/{model}")
        problem.pop("$defs", None)
        schema["components"]["schemas"]["ProblemShape"] = problem
        app.openapi_schema = schema
    return app.openapi_schema
