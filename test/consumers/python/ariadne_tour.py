"""ariadne-codegen: a typed client that was made of the schema and operations.graphql."""

import asyncio
import json
import os
import sys

from gateway import CancelRunInput, Client, RunJobInput

URL = os.environ["GATEWAY"] + "/graphql"
AUTHORIZATION = {"Authorization": "Bearer " + os.environ.get("API_TOKEN", "none")}


async def main(job: str) -> dict:
    client = Client(
        url=URL,
        headers=AUTHORIZATION,
        ws_url=URL.replace("http", "ws", 1),
        ws_connection_init_payload=AUTHORIZATION,
    )
    pages, after = [], None
    while True:
        runs = (await client.failed_runs(after=after)).runs
        pages.append([run.id for run in runs.nodes])
        after = runs.page_info.end_cursor
        if not runs.page_info.has_next_page:
            break

    missing = (await client.run_job(RunJobInput(job="demo/dev/nosuch"))).run_job
    # The classes of an answer are told apart by their `__typename`.
    refused = "" if missing.typename__ == "RunJobSuccess" else missing.code
    started = (await client.run_job(RunJobInput(job=job))).run_job
    if started.typename__ != "RunJobSuccess":
        sys.exit(started.message)

    statuses = []
    async for answer in client.run_updated(run=started.run.id):
        statuses.append(answer.run_updated.status)
        if len(statuses) == 1:
            await client.cancel_run(CancelRunInput(run=started.run.id))
    return {"pages": pages, "refused": refused, "statuses": statuses}


print(json.dumps(asyncio.run(main(sys.argv[1]))))
