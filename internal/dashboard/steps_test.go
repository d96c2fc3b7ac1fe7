package dashboard

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// paused is the steps and what they were told.
type paused struct{ told []string }

func (p *paused) Pause(_ context.Context, step string, paused bool) error {
	what := "goes on"
	if paused {
		what = "pauses"
	}
	p.told = append(p.told, step+" "+what)
	return nil
}

// call asks a server with the operator's token.
func call(t *testing.T, server *Server, method, path, body string) *http.Response {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	server.handler().ServeHTTP(answer, request)
	return answer.Result()
}

func TestAStepIsPausedOnlyByABodyThatSaysSo(t *testing.T) {
	for body, want := range map[string]string{
		`{"paused":true}`: "loading pauses", `{"paused":false}`: "loading goes on",
		`{}`: "", `null`: "", `{"paused":null}`: "", `{"paused":"true"}`: "", `{"paused":1}`: "", `true`: "",
	} {
		steps := &paused{}
		server, err := New(config(nil), Deps{Steps: steps})
		if err != nil {
			t.Fatal(err)
		}
		status := http.StatusOK
		if want == "" {
			status = http.StatusBadRequest
		}
		got := call(t, server, http.MethodPost, "/api/v1/steps/loading", body)
		if got.StatusCode != status || strings.Join(steps.told, ",") != want {
			t.Errorf("%s: %s, the steps were told %q", body, got.Status, steps.told)
		}
	}
}

func TestAWrongMethodIsAnsweredWithTheRightOnes(t *testing.T) {
	server, err := New(config(nil), Deps{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/api/v1/steps/loading", 405, "POST"},
		{"DELETE", "/api/v1/status", 405, "GET, HEAD"},
		{"POST", "/api/v1/dashboards/sales/live", 405, "GET, HEAD"},
		{"GET", "/api/v1/login", 405, "POST"},
		{"GET", "/api/v1/steps/", 404, ""},
		{"GET", "/api/v1/steps", 404, ""},
		{"POST", "/api/v1/dashboards/sales/live/", 404, ""},
		{"GET", "/api/", 404, ""},
		{"GET", "/api/v2/status", 404, ""},
	} {
		if got := call(t, server, c.method, c.path, "{}"); got.StatusCode != c.status || got.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %s, Allow %q", c.method, c.path, got.Status, got.Header.Get("Allow"))
		}
	}
}
