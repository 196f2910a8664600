#!/bin/sh
# A job from a shell: starts it, follows it by Server-Sent Events, and asks how it ended. Needs curl and jq.
#   GATEWAY=http://127.0.0.1:4000 API_TOKEN=… ./tour.sh demo/dev/sales
set -eu
ask() { curl --silent --show-error --fail-with-body --header "authorization: Bearer ${API_TOKEN:-}" "$@" "$GATEWAY/graphql"; }

# A mutation is a POST of JSON. What is refused has status 200: look at `__typename`.
answer=$(jq --null-input --arg job "$1" '{
  query: "mutation ($job: ID!) { runJob(input: { job: $job }) { __typename ... on RunJobSuccess { run { id } } ... on UserError { code message } } }",
  variables: { job: $job }
}' | ask --json @-)
run=$(echo "$answer" | jq --raw-output '.data.runJob.run.id // empty')
if [ -z "$run" ]; then
  echo "$answer" | jq --raw-output '.data.runJob | "\(.code) \(.message)"'
  exit 2
fi

# A subscription is a GET that asks for events. It ends with the run.
ask --no-buffer --get --header 'accept: text/event-stream' --data-urlencode "variables={ \"run\": \"$run\" }" \
  --data-urlencode 'query=subscription ($run: ID!) { runUpdated(run: $run) { status } }' |
  sed --unbuffered --quiet 's/^data: \(.*runUpdated.*\)/\1/p' | jq --unbuffered --raw-output '.data.runUpdated.status'

# A query may be a GET.
status=$(ask --get --data-urlencode "variables={ \"run\": \"$run\" }" \
  --data-urlencode 'query=query ($run: ID!) { node(id: $run) { ... on Run { status } } }' | jq --raw-output '.data.node.status')
[ "$status" = SUCCEEDED ]
