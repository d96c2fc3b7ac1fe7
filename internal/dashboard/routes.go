package dashboard

import (
	"net/http"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/access"
)

// route is one call of the API: a pattern of net/http, who may call it, and what answers.
type route struct {
	pattern string
	needs   access.Role
	handle  http.HandlerFunc
}

// routes is the one table of what the server answers and who may ask. Nothing else is registered, so that
// no call can be forgotten: the tests walk it.
func (s *Server) routes() []route {
	return []route{
		{"GET /healthz", anybody, s.healthz},
		{"GET /readyz", anybody, s.readyz},
		{"GET /metrics", operator, s.metrics},

		{"GET /api/v1/me", anybody, s.me},
		{"POST /api/v1/login", anybody, s.login},
		{"POST /api/v1/logout", anybody, s.logout},

		{"GET /api/v1/dashboards", viewer, s.dashboards},
		{"GET /api/v1/dashboards/{name}", viewer, s.dashboard},
		{"GET /api/v1/dashboards/{name}/live", viewer, s.dashboardLive},
		{"GET /api/v1/dashboards/{name}/charts/{id}", viewer, s.chartData},
		{"GET /api/v1/dashboards/{name}/filters/{filter}", viewer, s.filterValues},
		{"GET /api/v1/tables", operator, s.tables},

		{"GET /api/v1/status", operator, s.status},
		{"GET /api/v1/latency", operator, s.latency},
		{"GET /api/v1/monitor", operator, s.monitor},
		{"GET /api/v1/monitor/live", operator, s.monitorLive},
		{"POST /api/v1/steps/{step}", operator, s.pauseStep},
		{"POST /api/v1/query", operator, s.query},
		{"POST /api/v1/redrive", operator, s.redrive},
		{"GET /api/v1/losses", operator, s.losses},
		{"POST /api/v1/losses/accept", operator, s.acceptLosses},
		{"GET /api/v1/trace", operator, s.trace},
		{"GET /api/v1/tail", operator, s.tail},
		{"GET /api/v1/quarantine", operator, s.quarantine},
		{"GET /api/v1/quarantine/sample", operator, s.quarantineSample},

		// What the patterns above leave: no call of the API, or a page or a file of one.
		{"/api/", anybody, s.noSuchCall},
		{"/", anybody, s.page},
	}
}

// handler is the whole server: what protects every answer, around the routes.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.table {
		mux.HandleFunc(r.pattern, s.allow(r.needs, r.handle))
	}
	return s.protect(mux)
}

// noSuchCall answers what no route takes: 405 where the path has calls by other methods (RFC 9110, 15.5.6).
func (s *Server) noSuchCall(w http.ResponseWriter, r *http.Request) {
	if methods := s.methods(r.URL.Path); len(methods) > 0 {
		w.Header().Set("Allow", strings.Join(methods, ", "))
		writeError(w, http.StatusMethodNotAllowed, apiError{
			Code: "method_not_allowed", Message: r.URL.Path + " is not called by " + r.Method, Hint: "use " + strings.Join(methods, " or "),
		})
		return
	}
	writeError(w, http.StatusNotFound, apiError{
		Code: "no_such_call", Message: "the API has no " + r.Method + " " + r.URL.Path,
		Hint: "docs/api.md lists its calls",
	})
}

// methods are those that a path of the API has calls by.
func (s *Server) methods(path string) []string {
	var found []string
	for _, route := range s.table {
		method, pattern, _ := strings.Cut(route.pattern, " ")
		if !matches(pattern, path) {
			continue
		}
		if found = append(found, method); method == http.MethodGet {
			found = append(found, http.MethodHead) // GET patterns of net/http take it, too
		}
	}
	return found
}

// matches says that a path is of a pattern, whose wildcards are one segment each.
func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	return len(want) == len(got) && !slices.ContainsFunc(want, func(part string) bool {
		one := got[0]
		got = got[1:]
		return part != one && (one == "" || !strings.HasPrefix(part, "{"))
	})
}
