package dashboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/penstock/penstock/internal/access"
	"github.com/penstock/penstock/internal/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "secret-token"

// fixedRows is a result of one text column, which ends with err or is cut by a limit.
type fixedRows struct {
	values []string
	err    error
	cut    string
	closed bool
}

func (r *fixedRows) Columns() []Column { return []Column{{Name: "city", Type: "varchar"}} }
func (r *fixedRows) Truncated() string { return r.cut }

func (r *fixedRows) Next() ([]*string, error) {
	if len(r.values) == 0 {
		if r.err != nil {
			return nil, r.err
		}
		return nil, io.EOF
	}
	value := r.values[0]
	r.values = r.values[1:]
	if value == "NULL" {
		return []*string{nil}, nil
	}
	return []*string{&value}, nil
}

func (r *fixedRows) Close() error {
	r.closed = true
	return nil
}

// answers is everything the server asks for.
type answers struct {
	rows  *fixedRows
	err   error
	ready bool
	asked Redrive
}

func (a *answers) Query(context.Context, string) (Rows, error) {
	if a.err != nil {
		return nil, a.err
	}
	return a.rows, nil
}

func (a *answers) Redrive(_ context.Context, what Redrive) (RedriveReport, error) {
	a.asked = what
	return RedriveReport{Examined: 3, Passed: map[string]int64{"orders": 3}}, a.err
}

func (a *answers) Latency(context.Context, string, string) (Latency, error) {
	return Latency{Rows: 5, P50MS: 1, P99MS: 2}, a.err
}

func (a *answers) NotReady() []string {
	if a.ready {
		return nil
	}
	return []string{"the lake cannot be written", "the disk is nearly full"}
}

func (a *answers) Status(context.Context) (any, bool) {
	return map[string]bool{"ready": a.ready}, a.ready
}

// viewerToken is a viewer's.
const viewerToken = "the token of a viewer"

var rules = access.Rules{Tokens: []access.Token{{Identity: access.Identity{Name: "wall", Role: access.Viewer}, Secret: viewerToken}}}

// config is a server's configuration, changed by change.
func config(change func(*Config)) Config {
	c := Config{Token: token, Access: rules, Address: "127.0.0.1:8080", Pipeline: "orders", Version: "test", Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&c)
	}
	return c
}

func serve(t *testing.T, a *answers) *Client {
	t.Helper()
	server, err := New(config(nil), Deps{Warehouse: a, Redriver: a, Status: a, Ready: a, Clock: a})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.handler())
	t.Cleanup(web.Close)
	return &Client{URL: web.URL, Token: token, HTTP: web.Client()}
}

// runServer runs a server as a pipeline does; stop ends it and waits.
func runServer(t *testing.T, a *answers, more ...func(*Server)) (server *Server, url string, stop func()) {
	t.Helper()
	server, err := New(config(nil), Deps{Warehouse: a, Redriver: a, Status: a, Ready: a, Clock: a})
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range more {
		change(server)
	}
	url, stop = listenAndServe(t, server)
	return server, url, stop
}

// listenAndServe runs a server on a port of its own; stop ends it and waits.
func listenAndServe(t *testing.T, server *Server) (url string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx, listener) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	t.Cleanup(stop)
	return "http://" + listener.Addr().String(), stop
}

func TestEveryCallNeedsTheToken(t *testing.T) {
	client := serve(t, &answers{})
	for _, wrong := range []string{"", token, "Basic " + token, "Bearer", "Bearer ", "Bearer secret-toke", "Bearer secret-tokenx", "Bearer  " + token, "Bearer " + token + " x"} {
		for _, path := range []string{"GET /api/v1/status", "GET /api/v1/latency", "POST /api/v1/query", "POST /api/v1/redrive"} {
			method, path, _ := strings.Cut(path, " ")
			request, err := http.NewRequest(method, client.URL+path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			request.Header["Authorization"] = []string{wrong}
			response, err := client.HTTP.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s %s with %q: %s", method, path, wrong, response.Status)
			}
		}
	}
}

func TestAServerWithoutATokenIsRefused(t *testing.T) {
	if _, err := New(Config{}, Deps{}); err == nil {
		t.Error("an open API was made")
	}
}

func read(t *testing.T, rows Rows) (values []string, err error) {
	t.Helper()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return values, err
		}
		if row[0] == nil {
			values = append(values, "<null>")
		} else {
			values = append(values, *row[0])
		}
	}
}

func TestAResultArrivesWholeAndExact(t *testing.T) {
	a := &answers{rows: &fixedRows{values: []string{"Berlin", "NULL", "", "<script>"}, cut: "after 4 rows"}}
	rows, err := serve(t, a).Query(t.Context(), "select city")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got, err := read(t, rows)
	if want := []string{"Berlin", "<null>", "", "<script>"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
	if rows.Truncated() != "after 4 rows" || rows.Columns()[0] != (Column{Name: "city", Type: "varchar"}) {
		t.Errorf("truncated %q, columns %v", rows.Truncated(), rows.Columns())
	}
	if !a.rows.closed {
		t.Error("the warehouse's result was left open")
	}
}

func TestAnErrorInTheMiddleOfAResultIsAnError(t *testing.T) {
	a := &answers{rows: &fixedRows{values: []string{"Berlin"}, err: &event.Error{Code: "query_timeout", Message: "it took too long", Hint: "ask for less"}}}
	rows, err := serve(t, a).Query(t.Context(), "select city")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got, err := read(t, rows)
	known, ok := errors.AsType[*event.Error](err)
	if len(got) != 1 || !ok || known.Code != "query_timeout" || known.Hint != "ask for less" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestErrorsKeepTheirCodeAndSayWhoseTheyAre(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{&event.Error{Code: "query_syntax", Message: "no"}, http.StatusBadRequest, "query_syntax"},
		{&event.Error{Code: "query_timeout", Message: "too long"}, http.StatusGatewayTimeout, "query_timeout"},
		{&event.Error{Code: "query_busy", Message: "too many at once"}, http.StatusTooManyRequests, "query_busy"},
		{&event.Error{Code: "query_stopped", Message: "held up loading"}, http.StatusServiceUnavailable, "query_stopped"},
		{fmt.Errorf("%w: %w", &event.Error{Code: "warehouse_unavailable", Message: "away"}, errors.New("exit 1")), http.StatusServiceUnavailable, "warehouse_unavailable"},
		{&event.Error{Code: "too_many_views", Message: "many"}, http.StatusTooManyRequests, "too_many_views"},
		{context.DeadlineExceeded, http.StatusGatewayTimeout, "cancelled"},
		{event.ErrThrottled, http.StatusServiceUnavailable, "internal"},
		{errors.New("broken"), http.StatusInternalServerError, "internal"},
	} {
		if got := statusOf(c.err); got != c.status {
			t.Errorf("%v: status %d, want %d", c.err, got, c.status)
		}
		_, err := serve(t, &answers{err: c.err}).Query(t.Context(), "select 1")
		if known, ok := errors.AsType[*event.Error](err); !ok || known.Code != c.code {
			t.Errorf("%v arrived as %v", c.err, err)
		}
	}
}

func TestARedriveTakesOnlyWhatItKnows(t *testing.T) {
	a := &answers{}
	client := serve(t, a)
	report, err := client.Redrive(t.Context(), Redrive{Reasons: []string{"length"}, DryRun: true})
	if err != nil || report.Examined != 3 || !a.asked.DryRun || !slices.Equal(a.asked.Reasons, []string{"length"}) {
		t.Errorf("%+v, %v, asked %+v", report, err, a.asked)
	}
	response, err := client.send(t.Context(), http.MethodPost, "/api/v1/redrive", map[string]string{"reason": "length"})
	if err == nil {
		_ = response.Body.Close()
		t.Error("a misspelled field was taken for nothing")
	}
}

func TestReadyzSaysWhy(t *testing.T) {
	for ready, want := range map[bool]string{true: "ready\n", false: "the lake cannot be written\nthe disk is nearly full\n"} {
		client := serve(t, &answers{ready: ready})
		response, err := client.HTTP.Get(client.URL + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if (response.StatusCode == http.StatusOK) != ready || err != nil || string(body) != want {
			t.Errorf("ready %v: %s %q, %v", ready, response.Status, body, err)
		}
	}
}

func TestABodyIsOneJSONValueAndNothingElse(t *testing.T) {
	for body, want := range map[string]int{
		`{"dry_run":true}`: 200, "{\"dry_run\":true}\r\n \t": 200,
		`{"dry_run":true} {}`: 400, `{"dry_run":true}]`: 400, `{"dry_run":true}x`: 400, "{}\x00": 400, `{} null`: 400, ``: 400,
	} {
		a := &answers{}
		client := serve(t, a)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, client.URL+"/api/v1/redrive", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		response, err := client.HTTP.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want || a.asked.DryRun != (want == http.StatusOK) {
			t.Errorf("%q: %s, asked %+v", body, response.Status, a.asked)
		}
	}
}

func TestALargeBodyIsRefused(t *testing.T) {
	client := serve(t, &answers{rows: &fixedRows{}})
	if _, err := client.Query(t.Context(), strings.Repeat("x", maxBody)); err == nil {
		t.Error("a body over the limit was read")
	}
}
