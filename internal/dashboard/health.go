package dashboard

import (
	"net/http"
	"strings"
)

// Ready says whether the pipeline takes events and brings them to the warehouse.
type Ready interface {
	// NotReady returns why it is not, a sentence each, and nothing when it is. It is cheap, and anybody may read the
	// sentences: they name no path, address or value.
	NotReady() []string
}

// healthz answers as long as the process lives.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	text(w, http.StatusOK, "ok\n")
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if reasons := s.deps.Ready.NotReady(); len(reasons) > 0 {
		text(w, http.StatusServiceUnavailable, strings.Join(reasons, "\n")+"\n")
		return
	}
	text(w, http.StatusOK, "ready\n")
}

func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	s.deps.Metrics.ServeHTTP(w, r)
}

// LiveStreams is how many live views are open.
func (s *Server) LiveStreams() int { return len(s.streams.slots) }
