package dashboard

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/penstock/penstock/internal/access"
	"github.com/penstock/penstock/internal/chart"
)

func TestACallerHoldsNoMoreThanItsShareOfDifferentThings(t *testing.T) {
	s := newShares(2)
	by := func(name string) *http.Request {
		return withCaller(httptest.NewRequest(http.MethodGet, "/", nil), access.Identity{Name: name, Role: viewer})
	}
	hold := func(r *http.Request, thing string, want bool) func() {
		t.Helper()
		release, ok := s.take(r, thing)
		if ok != want {
			t.Errorf("%s: held %v, want %v", thing, ok, want)
		}
		return release
	}
	first := hold(by("wall"), "a", true)
	again := hold(by("wall"), "a", true) // the same counts once
	hold(by("wall"), "b", true)
	hold(by("wall"), "c", false)
	hold(by("anna"), "c", true)
	unknown := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, thing := range []string{"a", "b", "c"} {
		hold(unknown, thing, true)()
	}
	first()
	hold(by("wall"), "c", false) // a is held yet
	again()
	hold(by("wall"), "c", true)
}

func TestOneCallerLeavesStreamsAndViewsToOthers(t *testing.T) {
	for name, limit := range map[string]func(*Server){
		"streams": func(s *Server) { s.streams = newStreams(4) },
		"views":   func(s *Server) { s.states = newShares(2) },
	} {
		t.Run(name, func(t *testing.T) {
			server := guarded(t, nil)
			server.deps.Charts = watched{}
			for _, name := range []string{"a", "b", "c"} {
				server.deps.Dashboards = append(server.deps.Dashboards, &chart.Dashboard{Name: name})
			}
			limit(server)
			url, _ := listenAndServe(t, server)
			open := func(token, dashboard string) int {
				ctx, cancel := context.WithCancel(t.Context())
				t.Cleanup(cancel)
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/dashboards/"+dashboard+"/live", nil)
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Authorization", "Bearer "+token)
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = response.Body.Close() })
				return response.StatusCode
			}
			for _, c := range []struct {
				token, dashboard string
				want             int
			}{{viewerToken, "a", 200}, {viewerToken, "b", 200}, {viewerToken, "c", 429}, {token, "c", 200}} {
				if got := open(c.token, c.dashboard); got != c.want {
					t.Errorf("%s: %d, want %d", c.dashboard, got, c.want)
				}
			}
		})
	}
}
