package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"net/http/httptest"
)

// recorder passes Snowflake's protocol on and keeps what was asked.
type recorder struct {
	// URL is where it listens.
	URL string

	mu             sync.Mutex
	statements     []string
	logins, logout int
}

// recording stands before a server of Snowflake's protocol.
func recording(t *testing.T, endpoint string) *recorder {
	t.Helper()
	to, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.note(request.URL, body)
		request.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, request)
	}))
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

func (r *recorder) note(at *url.URL, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case strings.HasSuffix(at.Path, "/query-request"):
		var query struct{ SQLText string }
		_ = json.Unmarshal(body, &query) // the server refuses what is no JSON
		r.statements = append(r.statements, query.SQLText)
	case strings.HasSuffix(at.Path, "/login-request"):
		r.logins++
	case strings.HasSuffix(at.Path, "/session") && at.Query().Get("delete") == "true":
		r.logout++
	}
}

// asked counts the statements that contain a text.
func (r *recorder) asked(text string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.statements {
		if strings.Contains(s, text) {
			n++
		}
	}
	return n
}

// sessions are how many were opened, and closed again.
func (r *recorder) sessions() (opened, closed int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.logins, r.logout
}
