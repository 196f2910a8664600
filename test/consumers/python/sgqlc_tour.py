"""sgqlc: operations are written in Python, over classes that were made of an introspection. It has no subscriptions."""

import json
import os
import sys
import time

from gateway_schema import gateway_schema as schema
from sgqlc.endpoint.http import HTTPEndpoint
from sgqlc.operation import Operation

URL = os.environ["GATEWAY"] + "/graphql"
AUTHORIZATION = {"Authorization": "Bearer " + os.environ.get("API_TOKEN", "none")}
endpoint = HTTPEndpoint(URL, AUTHORIZATION)


def send(operation: Operation):
    answer = endpoint(operation)
    if "errors" in answer:
        sys.exit(json.dumps(answer["errors"]))
    return operation + answer


def run_job(job: str):
    mutation = Operation(schema.Mutation)
    result = mutation.run_job(input={"job": job})
    result.__typename__()
    result.__as__(schema.RunJobSuccess).run.id()
    # It reads what a type of the union has, and nothing that an interface says of all of them.
    for refusal in (schema.NotFound, schema.InvalidInput):
        result.__as__(refusal).__fields__("code", "message")
    return send(mutation).run_job


def main(job: str) -> dict:
    pages, after = [], None
    while True:
        query = Operation(schema.Query)
        runs = query.runs(first=2, after=after, filter={"statuses": ["FAILED"]})
        runs.nodes.id()
        runs.page_info.__fields__("has_next_page", "end_cursor")
        page = send(query).runs
        pages.append([run.id for run in page.nodes])
        after = page.page_info.end_cursor
        if not page.page_info.has_next_page:
            break

    refused = run_job("demo/dev/nosuch").code
    run = run_job(job).run.id
    statuses = []
    while "CANCELLED" not in statuses:
        query = Operation(schema.Query)
        query.node(id=run).__as__(schema.Run).status()
        statuses.append(send(query).node.status)
        if len(statuses) == 1:
            mutation = Operation(schema.Mutation)
            mutation.cancel_run(input={"run": run}).__typename__()
            send(mutation)
        else:
            time.sleep(0.1)
    return {"pages": pages, "refused": refused, "statuses": statuses}


print(json.dumps(main(sys.argv[1])))
