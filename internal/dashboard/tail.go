package dashboard

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// maxTails bounds the live tails of all clients together.
const maxTails = 20

// TailFeed shows events as they arrive, until ctx ends: it calls send with the name "event" or "skipped"
// and a value that encodes as JSON.
type TailFeed func(ctx context.Context, send func(name string, value any)) error

// tail serves the events that arrive as server-sent events.
func (s *Server) tail(w http.ResponseWriter, r *http.Request) {
	feed, err := s.deps.Tracer.Tail(r.FormValue("filter"))
	if err != nil {
		writeFailure(w, err)
		return
	}
	select {
	case s.tails <- struct{}{}:
		defer func() { <-s.tails }()
	default:
		w.Header().Set("Retry-After", "5")
		writeError(w, http.StatusTooManyRequests, apiError{
			Code: "too_many_tails", Message: fmt.Sprintf("%d tails are open, and no more are served at once", maxTails), Hint: "close one of them",
		})
		return
	}
	s.streams.serve(w, r, func(ctx context.Context, out *eventStream) {
		err := feed(ctx, func(name string, value any) {
			_ = out.sendJSON(name, value) // what a tail shows always encodes
		})
		if err != nil {
			s.cfg.Logger.Warn("a tail ended", "error", err)
		}
	})
}

// maxTailLine bounds a line of a tail: 16 KiB of an event, escaped and as base64.
const maxTailLine = 1 << 20

// Tail calls fn with each event of a tail, its name and its JSON, until ctx ends, fn fails or the
// pipeline stops.
func (c *Client) Tail(ctx context.Context, filter string, fn func(name string, data []byte) error) error {
	response, err := c.send(ctx, http.MethodGet, "/api/v1/tail?"+url.Values{"filter": {filter}}.Encode(), nil)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end, or given up
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, maxTailLine)
	name := ""
	for lines.Scan() {
		if after, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			name = after
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if err := fn(name, []byte(data)); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}
