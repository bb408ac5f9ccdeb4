"""Thousands of made-up requests against a served API: `python -m tests.api.fuzz --examples 500 [--database URL]`.

schemathesis reads the document, and holds every answer to it: no 5xx, no status, type or body that the document does
not name, nothing taken that it forbids. Whether a well-formed request can be carried out, such as to a telephone that
nobody has, is no matter of schemas, so that check is left out.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from yarl import URL

from bot.api.problems import ROOT as API
from tests.support.programs import Program, serve_api

_CHECKS_LEFT_OUT = "positive_data_acceptance"
_SHOP = """bundle: shop
templates:
  hours: {content: "We open at {{ opens }}.", variables: {opens: {default: nine}}}
triggers:
  - {type: equals, pattern: hours, template: hours}
"""
_ROOT = Path(__file__).parent.parent.parent


async def known_ids(program: Program) -> dict[str, list[str]]:
    """Some things of each kind, so that not every request asks for what is not there; by name in paths."""
    people = [{"email": f"p{each}@example.com", "phone": f"+55119876500{each:02}"} for each in range(5)]
    hooks = [{"url": f"https://shop.example/{each}", "kinds": ["contact.created"]} for each in range(3)]
    # Endpoints come first, so that there are deliveries and events of the contacts.
    made = {
        "endpoint_id": [await _made(program, "/endpoints", each) for each in hooks],
        "contact_id": [await _made(program, "/contacts", each) for each in people],
        "user_id": [
            await _made(program, "/users", {"email": f"u{each}@example.com", "role": "VIEWER"}) for each in "ab"
        ],
        "token_id": [await _made(program, "/tokens", {"name": each, "scopes": ["contacts.read"]}) for each in "ab"],
    }
    template = {"name": "Hours", "content": "We open at nine."}
    beside = f"/conversations/{made['contact_id'][0]}"
    made |= {
        "label_id": [await _made(program, "/labels", {"name": each}) for each in ("big", "late", "vip")],
        "template_id": [await _made(program, "/reply_templates", {**template, "shortcut": each}) for each in "ab"],
        "note_id": [await _made(program, f"{beside}/notes", {"content": each}) for each in "abc"],
    }
    await program.post(f"{beside}/assign", {})
    await program.ask("PUT", "/bundles/shop", json={"source": _SHOP})
    made |= {"name": ["shop"], "bundle": ["shop"], "key": ["hours"], "version": ["1"]}
    listed = {
        "event_id": "/events",
        "delivery_id": f"/endpoints/{made['endpoint_id'][0]}/deliveries",
        "line_id": "/audit",
        "job_id": "/jobs",
    }
    for name, path in listed.items():
        made[name] = [str(each["id"]) for each in (await program.get(path)).body["data"]]
    return made


async def own_ids(program: Program) -> list[str]:
    """The token's and its owner's: without them everything else would be refused."""
    token = (await program.get(f"/tokens/{program.token_id}")).body
    return [program.token_id, str(token["user_id"])]


async def _made(program: Program, path: str, body: dict[str, Any]) -> str:
    told = await program.post(path, body)
    if told.status != 201:
        raise RuntimeError(f"{path} was answered {told.status}: {told.body}")
    return str(told.body["id"])


async def fuzz(database_url: str, examples: int, seconds: int | None = None) -> tuple[int, str]:
    """Ask `examples` requests of each operation and phase; gives the exit code and what was found.

    Args:
        database_url: of an empty database.
        examples: of each operation, in each phase.
        seconds: after which it ends at the latest.
    """
    async with serve_api(database_url) as served:
        program = await served.program(rate_limit=100_000)
        environment = {
            **os.environ,
            "RECADO_IDS": json.dumps(await known_ids(program)),
            "RECADO_OWN": json.dumps(await own_ids(program)),
            "SCHEMATHESIS_HOOKS": "tests.api.fuzz_hooks",
            "PYTHONPATH": str(_ROOT),
        }
        with tempfile.TemporaryDirectory() as folder:
            process = await asyncio.create_subprocess_exec(
                *(
                    str(Path(sys.executable).parent / "schemathesis"),
                    "run",
                    str(served.doors.base.join(URL(f"{API}/openapi.json"))),
                ),
                *(
                    "-H",
                    f"Authorization: Bearer {program.token}",
                    "--continue-on-failure",
                    "--no-color",
                    "--suppress-health-check",
                    "filter_too_much",
                ),
                *("--exclude-checks", _CHECKS_LEFT_OUT, "-n", str(examples), "--warnings", "off"),
                *(("--max-time", str(seconds)) if seconds else ()),
                cwd=folder,
                env=environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--database", help="of an empty database; by default a new SQLite file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite+aiosqlite:///{folder}/fuzz.db"
        code, told = asyncio.run(fuzz(url, given.examples, given.seconds))
    sys.stdout.write(told)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
