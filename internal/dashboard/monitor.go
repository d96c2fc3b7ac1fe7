package dashboard

import (
	"context"
	"encoding/json"
	"net/http"
)

// Monitor knows the path, the ledger of every contract, and the alarms.
type Monitor interface {
	// Reading returns everything at once; it encodes as JSON.
	Reading(ctx context.Context) any
	// Listen gives a reading about once a second, encoded once for all who listen, until stop is
	// called.
	Listen() (readings <-chan json.RawMessage, stop func())
}

func (s *Server) monitor(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, s.deps.Monitor.Reading(r.Context()))
}

// monitorLive sends an event named monitor for each reading; a slow client skips some.
func (s *Server) monitorLive(w http.ResponseWriter, r *http.Request) {
	s.streams.serve(w, r, func(ctx context.Context, out *eventStream) {
		readings, stop := s.deps.Monitor.Listen()
		defer stop()
		for {
			select {
			case <-ctx.Done():
				return
			case reading := <-readings:
				out.sendLatest("monitor", "", reading)
			}
		}
	})
}
