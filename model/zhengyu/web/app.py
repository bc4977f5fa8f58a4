"""The application: the page, the JSON API beside it, and its description."""

from __future__ import annotations

import asyncio
import importlib.util
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

import zhengyu
from zhengyu.tagger import Tagger
from zhengyu.web import schemas
from zhengyu.web.analysis import Analyst, TooLargeError
from zhengyu.web.batching import BusyError
from zhengyu.web.corrections import CorrectionsFile, make_correction, merged
from zhengyu.web.exports import MEDIA, export
from zhengyu.web.guard import Guard
from zhengyu.web.metrics import Metrics
from zhengyu.web.settings import Settings, check_settings
from zhengyu.web.uploads import Reader, Upload
from zhengyu_corpus.errors import ZhengyuError

STATIC = Path(__file__).parent / "static"
#: What a browser needs before it can ask for the token, and what tells that the server is up.
OPEN_PATHS = ("/", "/docs", "/openapi.json", "/static/", "/swagger/", "/healthz", "/favicon.ico")
#: Tables made at the same time.
_EXPORTS = 2
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": schemas.Problem, "description": "The body is no JSON, or broke off."},
    401: {"model": schemas.Problem, "description": "The server needs a token."},
    403: {"model": schemas.Problem, "description": "Asked by another site's page."},
    408: {"model": schemas.Problem, "description": "The body came too slowly."},
    413: {"model": schemas.Problem, "description": "More came than is taken at once."},
    422: {"model": schemas.Problem, "description": "Something in the request cannot be used; the detail says what."},
    429: {"model": schemas.Problem, "description": "One address asks too much at once; wait for its answers."},
    503: {"model": schemas.Problem, "description": "Too much is under way; try again after Retry-After seconds."},
}
_FILE_BODY = {
    "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string",
                                                                                          "format": "binary"}}}}
}  # fmt: skip


def make_app(tagger: Tagger, settings: Settings | None = None) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    tagger : Tagger
        The model that answers.
    settings : Settings, optional
        Address, token and limits; for this machine only when not given.

    Returns
    -------
    fastapi.FastAPI
        Ready for any ASGI server.

    Raises
    ------
    ZhengyuError
        The settings are not safe; see `check_settings`.
    """
    chosen = check_settings(settings or Settings())
    metrics = Metrics(tagger.model.version)
    analyst = Analyst(tagger, chosen.limits, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        analyst.batcher.close()

    app = FastAPI(
        title="zhengyu 政语",
        version=zhengyu.__version__,
        description="Policy themes and slogans of Chinese policy prose, paragraph by paragraph.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    _add_errors(app)
    _add_pages(app)
    _add_facts(app, tagger, chosen, metrics)
    _add_tagging(app, tagger, analyst, Reader(chosen.limits))
    _add_results(app, tagger, chosen)
    app.add_middleware(Guard, settings=chosen, metrics=metrics, open_paths=OPEN_PATHS)
    return app


def _add_errors(app: FastAPI) -> None:
    def problem(status: int, detail: str) -> JSONResponse:
        return JSONResponse({"detail": detail}, status, headers={"Retry-After": "1"} if status == 503 else None)

    @app.exception_handler(ZhengyuError)
    async def unusable(_: Request, error: ZhengyuError) -> JSONResponse:
        return problem(422, str(error))

    @app.exception_handler(TooLargeError)
    async def too_large(_: Request, error: TooLargeError) -> JSONResponse:
        return problem(413, str(error))

    @app.exception_handler(BusyError)
    async def busy(_: Request, error: BusyError) -> JSONResponse:
        return problem(503, "too much is under way; try again in a moment")

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # What came is not sent back, nor is it kept: it may be anybody's text.
        told = [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()[:5]]
        return problem(422, "; ".join(told).encode("utf-8", "replace").decode("utf-8"))


def _add_pages(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(STATIC / "docs.html")

    @app.get("/favicon.ico", include_in_schema=False)
    async def icon() -> FileResponse:
        return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")

    app.mount("/static", StaticFiles(directory=STATIC))
    spec = importlib.util.find_spec("fastapi_offline")
    if spec is not None and spec.submodule_search_locations:
        app.mount("/swagger", StaticFiles(directory=Path(spec.submodule_search_locations[0]) / "static"))


def _add_facts(app: FastAPI, tagger: Tagger, settings: Settings, metrics: Metrics) -> None:
    model = tagger.model

    @app.get("/healthz", summary="Whether the server is up", tags=["server"])
    async def healthz() -> schemas.Health:
        return schemas.Health(status="ok", model=model.version)

    plain = {"content": {"text/plain": {"schema": {"type": "string"}}}}

    @app.get("/metrics", summary="Counters for Prometheus", tags=["server"], response_class=Response,
             responses={200: plain, 401: _REFUSALS[401]})  # fmt: skip
    async def numbers() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/v1/themes", summary="The themes of the codebook", tags=["model"], responses={401: _REFUSALS[401]})
    async def themes() -> schemas.ThemesResponse:
        return schemas.ThemesResponse(
            themes=[
                schemas.ThemeOut(id=theme.id, zh=theme.zh, en=theme.en, definition=theme.definition,
                                 include=list(theme.include), exclude=list(theme.exclude))
                for theme in model.themes
            ]
        )  # fmt: skip

    @app.get("/v1/model", summary="The model that answers", tags=["model"], responses={401: _REFUSALS[401]})
    async def about() -> schemas.ModelResponse:
        return schemas.ModelResponse(
            version=model.version,
            zhengyu=zhengyu.__version__,
            themes=len(model.themes),
            features=len(model.vocabulary),
            slogans=tagger.finds_slogans,
            thresholds=dict(zip(model.themes.ids, model.decision.thresholds.tolist(), strict=True)),
            corrections_kept=settings.corrections is not None,
        )


def _add_tagging(app: FastAPI, tagger: Tagger, analyst: Analyst, reader: Reader) -> None:
    @app.post("/v1/tag", summary="Tag paragraphs", tags=["tagging"], responses=_REFUSALS)
    async def tag(request: schemas.TagRequest) -> schemas.TagResponse:
        results = await analyst.texts(request.texts, probabilities=request.probabilities)
        return schemas.TagResponse(model=tagger.model.version, results=results)

    @app.post("/v1/document", summary="Split a document into paragraphs and tag them", tags=["tagging"],
              responses=_REFUSALS)  # fmt: skip
    async def document(request: schemas.TextRequest) -> schemas.DocumentResponse:
        return await analyst.upload(Upload(request.name, "", request.text))

    @app.post("/v1/file", summary="Read a file of any format and tag it", tags=["tagging"], responses=_REFUSALS,
              openapi_extra=_FILE_BODY)  # fmt: skip
    async def file(
        request: Request,
        name: Annotated[str, Query(min_length=1, max_length=1000, description="Its name; the ending tells the format",
                                   examples=["report.docx"])],
    ) -> schemas.DocumentResponse:  # fmt: skip
        return await analyst.upload(await reader.read(await request.body(), name))

    @app.post("/v1/explain", summary="Show which words carried a paragraph's themes", tags=["tagging"],
              responses=_REFUSALS)  # fmt: skip
    async def explain(request: schemas.ExplainRequest) -> schemas.ExplainResponse:
        found = await analyst.explain(request.text, request.themes)
        return schemas.ExplainResponse(
            model=tagger.model.version,
            evidence=[
                schemas.EvidenceOut(
                    theme=one.theme, given=one.given, score=one.score, bias=one.bias, probability=one.probability,
                    threshold=one.threshold,
                    spans=[schemas.SpanOut(start=span.start, end=span.end, text=span.text,
                                           contribution=span.contribution) for span in one.spans],
                )
                for one in found
            ],
        )  # fmt: skip


def _add_results(app: FastAPI, tagger: Tagger, settings: Settings) -> None:
    kept = CorrectionsFile(settings.corrections) if settings.corrections else None
    free = asyncio.Semaphore(_EXPORTS)

    @app.post("/v1/corrections", summary="Turn corrections into labelled paragraphs", tags=["results"],
              responses=_REFUSALS)  # fmt: skip
    async def corrections(request: schemas.CorrectionsRequest) -> schemas.CorrectionsResponse:
        model = tagger.model
        made = merged(
            make_correction(one.text, one.themes, one.doc, model.version, model.themes) for one in request.corrections
        )
        count = await asyncio.to_thread(kept.add, made) if kept else None
        return schemas.CorrectionsResponse(jsonl="".join(one.line() for one in made), kept=count)

    @app.post("/v1/export", summary="Make a table to download", tags=["results"], response_class=Response,
              responses={**_REFUSALS, 200: {"content": {kind: {} for kind in MEDIA.values()}}})  # fmt: skip
    async def download(request: schemas.ExportRequest) -> Response:
        async with free:
            data = await asyncio.to_thread(export, request, tagger.model.version)
        stem = re.sub(r"[^\w.-]+", "_", request.name) or "zhengyu"
        name = quote(f"{stem}.{request.format}")
        disposition = f"attachment; filename=\"zhengyu.{request.format}\"; filename*=UTF-8''{name}"
        return Response(data, media_type=MEDIA[request.format], headers={"Content-Disposition": disposition})
