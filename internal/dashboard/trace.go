package dashboard

import (
	"context"
	"net/http"
	"net/url"
)

// Tracer finds single events.
type Tracer interface {
	// Trace follows the events that key stands for: a contract's key, a sequence number,
	// shard:position or a text. The report encodes as JSON. Nothing found is no error.
	Trace(ctx context.Context, key string) (report any, err error)
	// Tail returns what shows the events that arrive and that filter takes; the error says what is wrong
	// with the filter.
	Tail(filter string) (TailFeed, error)
}

func (s *Server) trace(w http.ResponseWriter, r *http.Request) {
	report, err := s.deps.Tracer.Trace(r.Context(), r.FormValue("key"))
	answer(w, report, err)
}

// answer writes a call's result, or its error.
func answer(w http.ResponseWriter, body any, err error) {
	if err != nil {
		writeFailure(w, err)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

// Trace decodes where the events are that key stands for into report.
func (c *Client) Trace(ctx context.Context, key string, report any) error {
	return c.call(ctx, http.MethodGet, "/api/v1/trace?"+url.Values{"key": {key}}.Encode(), nil, report)
}
