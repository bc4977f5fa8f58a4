"""Latency of short texts over HTTP, against the same model behind plain FastAPI and scikit-learn.

``python benchmarks/serve.py`` starts each server as a process of its own, one after another and in turn, and asks it by
1, 8 and 64 clients that each keep one connection and send the next paragraph when the last is answered.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pyarrow.parquet as pq
from rows import write_rows

CLIENTS = (1, 8, 64)
PLAIN = """
import socket
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from zhengyu.persistence.folder import load_model
from zhengyu.persistence.joblib_export import to_pipeline

model = load_model()
pipeline = to_pipeline(model)
ids = model.themes.ids
pipeline.predict(["好"])
app = FastAPI()

class Request(BaseModel):
    texts: list[str]

@app.post("/v1/tag")
def tag(request: Request) -> list[list[str]]:
    return [[name for name, given in zip(ids, row) if given] for row in pipeline.predict(request.texts)]

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
listener.listen(128)
print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])
"""
ZHENGYU = ("-m", "zhengyu", "serve", "--port", "0", "--workers")
SERVERS = {"zhengyu serve": (*ZHENGYU, "2"), "zhengyu serve --workers 4": (*ZHENGYU, "4"), "FastAPI": ("-c", PLAIN)}


@contextmanager
def served(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the address of a server that runs as a process."""
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[0]
    finally:
        process.terminate()
        process.wait()


def ask(address: str, clients: int, seconds: float, texts: list[str]) -> list[float]:
    """Return the seconds that each request took."""
    took: list[list[float]] = [[] for _ in range(clients)]
    end = time.perf_counter() + seconds

    def client(number: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        turn = number
        while time.perf_counter() < end:
            body = json.dumps({"texts": [texts[turn % len(texts)]]}).encode()
            begun = time.perf_counter()
            connection.request("POST", "/v1/tag", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{address}: status {answer.status}")
            took[number].append(time.perf_counter() - begun)
            turn += clients
        connection.close()

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))  # raises what a client met
    return [one for each in took for one in each]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=10.0)
    asked.add_argument("--repeats", type=int, default=3)
    said = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_rows(Path(folder, "rows.parquet"), 2_000)
        texts = pq.read_table(Path(folder, "rows.parquet"))["text"].to_pylist()
    found: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    for _ in range(said.repeats):
        for name, words in SERVERS.items():
            with served(words) as address:
                ask(address, 8, 2, texts)
                for clients in CLIENTS:
                    took = ask(address, clients, said.seconds, texts)
                    p50, p99 = np.percentile(took, [50, 99]) * 1000
                    found.setdefault((name, clients), []).append((p50, p99, len(took) / said.seconds))
    print("| server | clients | p50 ms | p99 ms | requests/s |\n| --- | --- | --- | --- | --- |")
    for (name, clients), measured in found.items():
        cells = [f"{m:.1f} [{low:.1f}, {high:.1f}]" for m, low, high in
                 zip(np.median(measured, 0), np.min(measured, 0), np.max(measured, 0), strict=True)]  # fmt: skip
        print(f"| {name} | {clients} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
