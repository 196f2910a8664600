// genqlient: typed functions, made of the schema and operations.graphql by `go tool genqlient`.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/Khan/genqlient/graphql"
	"github.com/gorilla/websocket"
)

type withToken struct{ token string }

func (t withToken) RoundTrip(request *http.Request) (*http.Response, error) {
	request.Header.Set("Authorization", "Bearer "+t.token)
	return http.DefaultTransport.RoundTrip(request)
}

type dialer struct{ *websocket.Dialer }

func (d dialer) DialContext(ctx context.Context, url string, header http.Header) (graphql.WSConn, error) {
	connection, _, err := d.Dialer.DialContext(ctx, url, header)
	return connection, err
}

type seen struct {
	Pages    [][]string `json:"pages"`
	Refused  string     `json:"refused"`
	Statuses []string   `json:"statuses"`
}

func tour(ctx context.Context, url, token, job string) (*seen, error) {
	client := graphql.NewClient(url, &http.Client{Transport: withToken{token}})
	result := &seen{}
	for after := (*string)(nil); ; {
		page, err := FailedRuns(ctx, client, after)
		if err != nil {
			return nil, err
		}
		ids := []string{}
		for _, run := range page.Runs.Nodes {
			ids = append(ids, run.Id)
		}
		result.Pages = append(result.Pages, ids)
		after = page.Runs.PageInfo.EndCursor
		if !page.Runs.PageInfo.HasNextPage {
			break
		}
	}

	missing, err := RunJob(ctx, client, "demo/dev/nosuch")
	if err != nil {
		return nil, err
	}
	// A refusal is a type of its own. Codes that are added later are texts like the others.
	if refusal, ok := missing.RunJob.(*RunJobRunJobNotFound); ok {
		result.Refused = string(refusal.Code)
	}

	started, err := RunJob(ctx, client, job)
	if err != nil {
		return nil, err
	}
	success, ok := started.RunJob.(*RunJobRunJobRunJobSuccess)
	if !ok {
		return nil, fmt.Errorf("not started: %v", *started.RunJob.GetTypename())
	}

	live := graphql.NewClientUsingWebSocket(strings.Replace(url, "http", "ws", 1), dialer{websocket.DefaultDialer},
		graphql.WithConnectionParams(map[string]any{"Authorization": "Bearer " + token}))
	failed, err := live.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer live.Close()
	events, _, err := RunUpdated(ctx, live, success.Run.Id)
	if err != nil {
		return nil, err
	}
	for {
		select {
		case err := <-failed:
			return nil, err
		case event, open := <-events:
			if !open {
				return result, nil
			}
			result.Statuses = append(result.Statuses, string(event.Data.RunUpdated.Status))
			if len(result.Statuses) == 1 {
				if _, err := CancelRun(ctx, client, success.Run.Id); err != nil {
					return nil, err
				}
			} else {
				return result, nil
			}
		}
	}
}

func main() {
	result, err := tour(context.Background(), os.Getenv("GATEWAY")+"/graphql", os.Getenv("API_TOKEN"), os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(result)
}
