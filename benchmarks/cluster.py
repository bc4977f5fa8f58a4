"""Rows a second with one worker and with two, reading and writing S3 on this machine, and the memory of the caller.

``python benchmarks/cluster.py --rows 400000`` starts moto's S3 server and a cluster for each count of workers, in turn,
``--repeats`` times, and prints the medians. Workers load the model and compile before the clock starts.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from rows import write_rows

SERVER = (
    "import sys, time; from moto.server import ThreadedMotoServer; "
    "ThreadedMotoServer(port=int(sys.argv[1])).start(); time.sleep(86400)"
)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=200_000)
    asked.add_argument("--files", type=int, default=16)
    asked.add_argument("--repeats", type=int, default=3)
    said = asked.parse_args()
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "t", "AWS_SECRET_ACCESS_KEY": "t",
        "AWS_DEFAULT_REGION": "us-east-1",
    }  # fmt: skip
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], stderr=subprocess.DEVNULL)
    try:
        measure(said.rows, said.files, said.repeats)
    finally:
        server.kill()
        server.wait()


def measure(rows: int, files: int, repeats: int) -> None:
    import s3fs
    from distributed import Client, LocalCluster

    from zhengyu.batch.dataset import tag_dataset
    from zhengyu.batch.partitions import Loading
    from zhengyu.dask import on_cluster

    store = s3fs.S3FileSystem()
    for _ in range(100):
        try:
            store.mkdir("bucket")
            break
        except OSError:
            time.sleep(0.1)
    each = rows // files
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "part.parquet")
        for i in range(files):
            write_rows(path, each, seed=i)
            store.put_file(str(path), f"bucket/in/{i:03d}.parquet")
        write_rows(path, 500)
        store.put_file(str(path), "bucket/small.parquet")
    found: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(repeats):
        for workers in found:
            made = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None, memory_limit=0)
            with made as cluster, Client(cluster) as client:
                run = on_cluster(client)
                for i in range(2 * workers):  # each worker loads the model and compiled code
                    tag_dataset(Loading(), ["s3://bucket/small.parquet"], f"s3://bucket/warm-{turn}-{workers}-{i}/",
                                compiled=True, executor=run)  # fmt: skip
                begun = time.perf_counter()
                tag_dataset(Loading(), ["s3://bucket/in/"], f"s3://bucket/out-{turn}-{workers}/", compiled=True,
                            executor=run, join_bytes=1)  # fmt: skip
                found[workers].append(rows / (time.perf_counter() - begun))
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            rate = found[workers][-1]
            print(f"{workers} worker(s): {rate:,.0f} rows/s; caller's peak so far {memory:,.0f} MB", flush=True)
    ratios = [two / one for one, two in zip(*found.values(), strict=True)]
    print(f"two workers / one: {median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}]")


if __name__ == "__main__":
    main()
