"""The person's side, as person.mjs: an application asks it to visit an address,
and gets the address that the person's browser was sent to at last."""

import json
import sys

config = json.loads(sys.stdin.readline())


def visit(url):
    print(json.dumps({"visit": url}), flush=True)
    answer = sys.stdin.readline()
    if not answer:
        raise EOFError("the person has gone")
    return answer.strip()


def done():
    print(json.dumps({"done": True}), flush=True)
