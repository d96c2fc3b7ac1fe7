package dashboard

import (
	"net/http"
	"testing"
)

func TestAnOpenServerAnswersOnlyToThisMachine(t *testing.T) {
	server := open(t, builtPages)
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "127.0.0.2": 200, "localhost": 200, "LocalHost:9": 200, "localhost.:80": 200, "[::1]:8080": 200, "[::ffff:127.0.0.1]": 200,
		"": 403, "evil.example:8080": 403, "127.0.0.1.evil.example": 403, "localhost.evil.example": 403, "192.168.1.4:8080": 403,
		"0.0.0.0:8080": 403, "[::1%25lo].evil": 403, "127.0.0.1:8080:1": 403,
	} {
		for _, path := range []string{"/", "/api/v1/me", "/api/v1/status", "/healthz"} {
			if got := ask(server, http.MethodGet, path, func(r *http.Request) { r.Host = host }).StatusCode; got != want {
				t.Errorf("%q %s: %d, want %d", host, path, got, want)
			}
		}
	}
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "X-Real-IP"} {
		if got := ask(server, http.MethodGet, "/api/v1/status", func(r *http.Request) { r.Header.Set(header, "for=10.0.0.9") }).StatusCode; got != http.StatusForbidden {
			t.Errorf("%s: %d", header, got)
		}
	}
}

func TestPagesOfOtherSitesCannotCall(t *testing.T) {
	server := open(t, builtPages)
	for _, c := range []struct {
		method, path, site, origin string
		want                       int
	}{
		{"GET", "/api/v1/status", "cross-site", "", 403},
		{"GET", "/api/v1/status", "same-site", "", 403},
		{"GET", "/api/v1/status", "none", "", 200},
		{"GET", "/api/v1/status", "same-origin", "", 200},
		{"GET", "/d/orders", "cross-site", "", 200}, // a link in a mail
		{"POST", "/api/v1/redrive", "cross-site", "https://evil.example", 403},
		{"POST", "/api/v1/redrive", "", "https://evil.example", 403},
		{"POST", "/api/v1/redrive", "", "null", 403},
		{"POST", "/api/v1/redrive", "same-site", "http://127.0.0.1:3000", 403},
	} {
		got := ask(server, c.method, c.path, func(r *http.Request) {
			if c.site != "" {
				r.Header.Set("Sec-Fetch-Site", c.site)
			}
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
		}).StatusCode
		if got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
