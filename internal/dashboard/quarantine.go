package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Quarantine shows people what is in the quarantine. What it answers encodes as JSON.
type Quarantine interface {
	// Overview is the quarantine in groups, of the events that arrived since what.Since.
	Overview(ctx context.Context, what QuarantineFilter) (any, error)
	// Sample is at most limit of the events that what selects.
	Sample(ctx context.Context, what QuarantineFilter, limit int) (any, error)
}

// QuarantineFilter selects quarantined events; nil is for any, and an empty text for those without one.
type QuarantineFilter struct {
	Reason, Contract, Field *string
	Since                   time.Time
}

// defaultSample is how many events are shown to who does not say.
const defaultSample = 20

func (s *Server) quarantine(w http.ResponseWriter, r *http.Request) {
	what, ok := quarantineFilter(w, r)
	if !ok {
		return
	}
	body, err := s.deps.Quarantine.Overview(r.Context(), what)
	answer(w, body, err)
}

func (s *Server) quarantineSample(w http.ResponseWriter, r *http.Request) {
	what, ok := quarantineFilter(w, r)
	if !ok {
		return
	}
	limit := defaultSample
	if text := r.FormValue("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			writeError(w, http.StatusBadRequest, apiError{Code: "limit", Message: "the limit is no number", Hint: "write limit=20"})
			return
		}
		limit = n
	}
	body, err := s.deps.Quarantine.Sample(r.Context(), what, limit)
	answer(w, body, err)
}

func quarantineFilter(w http.ResponseWriter, r *http.Request) (QuarantineFilter, bool) {
	query := r.URL.Query()
	what := QuarantineFilter{Reason: given(query, "reason"), Contract: given(query, "contract"), Field: given(query, "field")}
	text := query.Get("since")
	if text == "" {
		return what, true
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		writeError(w, http.StatusBadRequest, apiError{Code: "since", Message: "since is no time", Hint: "write a time such as 2026-11-22T05:00:00Z"})
		return what, false
	}
	what.Since = at
	return what, true
}

// given is a parameter's value; nil when it is not there.
func given(query url.Values, name string) *string {
	if !query.Has(name) {
		return nil
	}
	value := query.Get(name)
	return &value
}
