"""The application: the page, the JSON API beside it, and its description."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import re
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from zhengyu.tagger import Tagger
from zhengyu.version import __version__
from zhengyu.web import schemas
from zhengyu.web.exports import MEDIA
from zhengyu.web.guard import Guard
from zhengyu.web.metrics import Metrics
from zhengyu.web.settings import Settings, check_settings
from zhengyu.web.uploads import Reader
from zhengyu.web.work import Work
from zhengyu.web.workers import BusyError, LateError, Reply, Workers
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.lexicon import SLOGAN_TYPES

STATIC = Path(__file__).parent / "static"
#: What a browser needs before it can ask for the token, and what tells that the server is up.
OPEN_PATHS = ("/", "/docs", "/openapi.json", "/static/", "/swagger/", "/healthz", "/favicon.ico")
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": schemas.Problem, "description": "The body is no JSON, or broke off."},
    401: {"model": schemas.Problem, "description": "The server needs a token."},
    403: {"model": schemas.Problem, "description": "Asked by another site's page."},
    408: {"model": schemas.Problem, "description": "The body came too slowly."},
    413: {"model": schemas.Problem, "description": "More came than is taken at once."},
    422: {"model": schemas.Problem, "description": "Something in the request cannot be used; the detail says what."},
    429: {"model": schemas.Problem, "description": "One address asks too much at once; wait for its answers."},
    503: {
        "model": schemas.Problem,
        "description": "Too much is under way, or the work took too long; try again after Retry-After seconds.",
    },
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
    workers = Workers(tagger, chosen, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await asyncio.to_thread(workers.start, wait=True)
        yield
        await asyncio.to_thread(workers.close)

    app = FastAPI(
        title="zhengyu 政语",
        version=__version__,
        description="Policy themes and slogans of Chinese policy prose, paragraph by paragraph.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    _add_errors(app)
    _add_pages(app)
    _add_facts(app, tagger, chosen, metrics)
    _add_work(app, Work(tagger, chosen), workers, Reader(chosen.limits))
    app.add_middleware(Guard, settings=chosen, metrics=metrics, open_paths=OPEN_PATHS)
    return app


def _add_errors(app: FastAPI) -> None:
    def problem(status: int, detail: str) -> JSONResponse:
        return JSONResponse({"detail": detail}, status, headers={"Retry-After": "1"} if status == 503 else None)

    @app.exception_handler(ZhengyuError)
    async def unusable(_: Request, error: ZhengyuError) -> JSONResponse:
        return problem(422, str(error))

    @app.exception_handler(BusyError)
    async def busy(_: Request, error: BusyError) -> JSONResponse:
        return problem(503, "too much is under way; try again in a moment")

    @app.exception_handler(LateError)
    async def late(_: Request, error: LateError) -> JSONResponse:
        return problem(503, str(error))

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

    @app.get(
        "/v1/themes",
        summary="The themes of the codebook, and the types of slogans",
        tags=["model"],
        responses={401: _REFUSALS[401]},
    )
    async def themes() -> schemas.ThemesResponse:
        return schemas.ThemesResponse(
            themes=[
                schemas.ThemeOut(id=theme.id, zh=theme.zh, en=theme.en, definition=theme.definition,
                                 include=list(theme.include), exclude=list(theme.exclude))
                for theme in model.themes
            ],
            slogan_types=[schemas.SloganTypeOut(id=name, **asdict(kind)) for name, kind in SLOGAN_TYPES.items()],
        )  # fmt: skip

    @app.get("/v1/model", summary="The model that answers", tags=["model"], responses={401: _REFUSALS[401]})
    async def about() -> schemas.ModelResponse:
        return schemas.ModelResponse(
            version=model.version,
            zhengyu=__version__,
            themes=len(model.themes),
            features=len(model.vocabulary),
            slogans=tagger.finds_slogans,
            thresholds=dict(zip(model.themes.ids, model.decision.thresholds.tolist(), strict=True)),
            corrections_kept=settings.corrections is not None,
        )


class _WorkerRoute(APIRoute):
    """A route whose request goes to a worker as it came; its endpoint, which the worker calls, describes it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def handle(request: Request) -> Response:
            kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
            if kind != "application/json" and not kind.endswith("+json"):
                raise ZhengyuError("expected a body of JSON; send it with Content-Type: application/json")
            workers: Workers = request.app.state.workers
            return _response(await workers.do(self.name, await request.body()))

        return handle


def _response(reply: Reply) -> Response:
    if reply.fault:
        logging.getLogger("zhengyu.web").error("a request failed: %s", reply.fault)
    headers = {}
    if reply.media != "application/json":
        ending = next(ending for ending, media in MEDIA.items() if media == reply.media)
        stem = re.sub(r"[^\w.-]+", "_", reply.name) or "zhengyu"
        headers["Content-Disposition"] = (
            f"attachment; filename=\"zhengyu.{ending}\"; filename*=UTF-8''{quote(f'{stem}.{ending}')}"
        )
    return Response(reply.body, reply.status, headers, reply.media)


def _add_work(app: FastAPI, work: Work, workers: Workers, reader: Reader) -> None:
    app.state.workers = workers

    def add(operation: str, tag: Literal["tagging", "results"], summary: str, **more: Any) -> None:
        settings: dict[str, Any] = {"responses": _REFUSALS, **more}
        app.router.add_api_route(
            f"/v1/{operation}", getattr(work, operation), methods=["POST"], name=operation, summary=summary, tags=[tag],
            route_class_override=_WorkerRoute, **settings,
        )  # fmt: skip

    add("tag", "tagging", "Tag paragraphs")
    add("document", "tagging", "Split a document into paragraphs and tag them")

    @app.post("/v1/file", summary="Read a file of any format and tag it", tags=["tagging"], responses=_REFUSALS,
              openapi_extra=_FILE_BODY, response_model=schemas.DocumentResponse)  # fmt: skip
    async def file(
        request: Request,
        name: Annotated[str, Query(min_length=1, max_length=1000, description="Its name; the ending tells the format",
                                   examples=["report.docx"])],
    ) -> Response:  # fmt: skip
        read, bare = await reader.read(await request.body(), name)
        return _response(await workers.do("file", read, bare))

    add("explain", "tagging", "Show which words carried a paragraph's themes")
    add("corrections", "results", "Turn corrections into labelled paragraphs")
    files: dict[int | str, Any] = {200: {"content": {kind: {} for kind in MEDIA.values()}}}
    for operation, summary in (
        ("export", "Make a table to download"), ("checked", "Make a file of a checked sample, for zhengyu measure"),
    ):  # fmt: skip
        add(operation, "results", summary, response_model=None, response_class=Response,
            responses={**_REFUSALS, **files})  # fmt: skip
