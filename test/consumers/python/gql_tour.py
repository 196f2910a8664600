"""gql: queries by HTTP, subscriptions by a WebSocket, over the texts of operations.graphql."""

import asyncio
import json
import os
import sys
from pathlib import Path

from gql import Client, GraphQLRequest
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

URL = os.environ["GATEWAY"] + "/graphql"
AUTHORIZATION = {"Authorization": "Bearer " + os.environ.get("API_TOKEN", "none")}
OPERATIONS = Path(__file__).with_name("operations.graphql").read_text()


def ask(name: str, **variables):
    return GraphQLRequest(OPERATIONS, operation_name=name, variable_values=variables)


async def main(job: str) -> dict:
    http = HTTPXAsyncTransport(url=URL, headers=AUTHORIZATION)
    # The token comes with the first message, as it does from a browser.
    sockets = WebsocketsTransport(url=URL.replace("http", "ws", 1), init_payload=AUTHORIZATION)
    async with Client(transport=http) as session, Client(transport=sockets) as live:
        pages, after = [], None
        while True:
            runs = (await session.execute(ask("FailedRuns", after=after)))["runs"]
            pages.append([run["id"] for run in runs["nodes"]])
            after = runs["pageInfo"]["endCursor"]
            if not runs["pageInfo"]["hasNextPage"]:
                break

        missing = await session.execute(ask("RunJob", input={"job": "demo/dev/nosuch"}))
        started = (await session.execute(ask("RunJob", input={"job": job})))["runJob"]
        if started["__typename"] != "RunJobSuccess":
            sys.exit(started["message"])
        run = started["run"]["id"]

        statuses = []
        async for answer in live.subscribe(ask("RunUpdated", run=run)):
            statuses.append(answer["runUpdated"]["status"])
            if len(statuses) == 1:
                await session.execute(ask("CancelRun", input={"run": run}))
        return {"pages": pages, "refused": missing["runJob"]["code"], "statuses": statuses}


print(json.dumps(asyncio.run(main(sys.argv[1]))))
