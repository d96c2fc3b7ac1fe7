package dashboard

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/chart"
)

// watched is what live streams show: an event at once, and then nothing.
type watched struct{}

func (watched) Admit(*chart.Dashboard, chart.State) error { return nil }

func (watched) Watch(ctx context.Context, _ *chart.Dashboard, _ chart.State, send func(event, key string, data []byte)) error {
	send("chart", "a", []byte("{}"))
	<-ctx.Done()
	return ctx.Err()
}

func (watched) Chart(context.Context, *chart.Dashboard, *chart.Chart, chart.State) (json.RawMessage, error) {
	return json.RawMessage("{}"), nil
}

func (watched) Reading(context.Context) any { return struct{}{} }

func (watched) Listen() (<-chan json.RawMessage, func()) {
	readings := make(chan json.RawMessage, 1)
	readings <- json.RawMessage("{}")
	return readings, func() {}
}

func (watched) Trace(context.Context, string) (any, error) { return struct{}{}, nil }

func (watched) Tail(string) (TailFeed, error) {
	return func(ctx context.Context, send func(string, any)) error {
		send("event", struct{}{})
		<-ctx.Done()
		return nil
	}, nil
}

// Every kind of live stream ends with the session it was opened by: at a logout, and when the same browser logs in
// anew. Other sessions' streams go on.
func TestLiveStreamsEndWithTheirSession(t *testing.T) {
	paths := map[string]string{"dashboards": "/api/v1/dashboards/shop/live", "monitor": "/api/v1/monitor/live", "tail": "/api/v1/tail"}
	ends := map[string]func(*Server, *http.Cookie){
		"logout":    func(s *Server, c *http.Cookie) { post(s, "/api/v1/logout", `{}`, c) },
		"new login": func(s *Server, c *http.Cookie) { post(s, "/api/v1/login", `{"token":"`+token+`"}`, c) },
	}
	server := guarded(t, nil)
	w := watched{}
	server.deps.Charts, server.deps.Monitor, server.deps.Tracer = w, w, w
	server.deps.Dashboards = []*chart.Dashboard{{Name: "shop"}}
	url, _ := listenAndServe(t, server)
	openWith(t, url+"/api/v1/monitor/live", sessionOf(t, post(server, "/api/v1/login", `{"token":"`+token+`"}`)))
	for name, path := range paths {
		for how, end := range ends {
			t.Run(name+" at a "+how, func(t *testing.T) {
				cookie := sessionOf(t, post(server, "/api/v1/login", `{"token":"`+token+`"}`))
				stream := openWith(t, url+path, cookie)
				began := time.Now()
				end(server, cookie)
				if _, _, more := stream.next(); more {
					t.Error("the stream goes on")
				}
				if took := time.Since(began); took > time.Minute {
					t.Errorf("the stream took %v to end", took)
				}
				again, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				again.AddCookie(cookie)
				response, err := http.DefaultClient.Do(again)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				if response.StatusCode != http.StatusUnauthorized {
					t.Errorf("opened again: %s", response.Status)
				}
			})
		}
	}
	if server.LiveStreams() != 1 {
		t.Errorf("%d streams are open, want the other session's", server.LiveStreams())
	}
}

// openWith opens a stream by a session and reads its first event.
func openWith(t *testing.T, url string, cookie *http.Cookie) *liveClient {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.AddCookie(cookie)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	c := &liveClient{t: t, response: response, lines: bufio.NewScanner(response.Body)}
	if name, _, ok := c.next(); response.StatusCode != http.StatusOK || !ok || strings.HasPrefix(name, "bye") {
		t.Fatalf("%s: %s, %q", url, response.Status, name)
	}
	return c
}
