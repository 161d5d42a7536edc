"""Let 64 clients at once use the server for ten seconds: no error, no lost update, no thread left."""

import http.client
import json
import sys
import threading
import time
from collections import Counter
from itertools import count
from typing import Any
from urllib.parse import quote, urlsplit

from omics_mock.server import OmicsServer

CLIENTS = 64
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/omics/aws4_request, Signature=none"}


def main(seconds: float) -> None:
    before = set(threading.enumerate())
    with OmicsServer(log_limit=1000, quotas={"Maximum run groups": None}) as server:
        made = load(server.url, seconds)
        groups = listed(server.url)
        assert Counter(groups) == Counter(made), f"{len(made)} groups were made, {len(groups)} are there"
        assert len(server.omics.calls) == 1000, len(server.omics.calls)
    left = set(threading.enumerate()) - before
    assert not left, f"threads left: {left}"
    print(f"{len(made)} run groups made, changed, tagged and read by {CLIENTS} clients in {seconds:g} s")


def load(url: str, seconds: float) -> list[str]:
    """Make run groups, each renamed once, from many threads; their last names."""
    until, names, done = time.monotonic() + seconds, list[str](), list[int]()

    def use(client: int) -> None:
        for turn in count():
            if time.monotonic() > until:
                done.append(client)
                return
            name = f"{client}-{turn}"
            group = ask(url, "POST", "/runGroup", {"name": "new", "requestId": name})
            ask(url, "POST", f"/runGroup/{group['id']}", {"name": name})
            ask(url, "POST", f"/tags/{quote(group['arn'], safe='')}", {"tags": {"client": str(client)}})
            answered = ask(url, "GET", f"/runGroup/{group['id']}")
            assert answered["name"] == name, answered
            assert answered["tags"] == {"client": str(client)}, answered
            names.append(name)

    threads = [threading.Thread(target=use, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == CLIENTS, "clients failed, as told above"
    return names


def listed(url: str) -> list[str]:
    names, token = [], ""
    while True:
        page = ask(url, "GET", f"/runGroup?maxResults=100{token}")
        names += [group["name"] for group in page["items"]]
        if "nextToken" not in page:
            return names
        token = f"&startingToken={page['nextToken']}"


def ask(url: str, method: str, path: str, body: object = None) -> Any:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request(method, path, json.dumps(body) if body else None, SIGNED | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    assert answer.status < 300, f"{method} {path}: {answer.status} {text!r}"
    return json.loads(text or b"null")


if __name__ == "__main__":
    main(float(sys.argv[1]))
