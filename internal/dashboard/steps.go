package dashboard

import (
	"context"
	"net/http"
)

// Steps can be paused and let go on.
type Steps interface {
	// Pause pauses a step, "delivery" or "loading", or lets it go on; it returns when that is so.
	Pause(ctx context.Context, step string, paused bool) error
}

// pauseRequest is the body of a call that pauses a step or lets it go on.
type pauseRequest struct {
	// Paused must be given: a body that forgets it would let a step go on that somebody paused.
	Paused *bool `json:"paused"`
}

// stepState is the answer.
type stepState struct {
	Step   string `json:"step"`
	Paused bool   `json:"paused"`
}

func (s *Server) pauseStep(w http.ResponseWriter, r *http.Request) {
	var what pauseRequest
	if !readJSON(w, r, &what) {
		return
	}
	if what.Paused == nil {
		badBody(w, `it must say {"paused": true} or {"paused": false}`)
		return
	}
	step, paused := r.PathValue("step"), *what.Paused
	if err := s.deps.Steps.Pause(r.Context(), step, paused); err != nil {
		writeFailure(w, err)
		return
	}
	s.cfg.Logger.Info("a step was paused or goes on", "step", step, "paused", paused)
	writeJSON(w, http.StatusOK, stepState{step, paused})
}

// Pause pauses a step of the pipeline, or lets it go on.
func (c *Client) Pause(ctx context.Context, step string, paused bool) error {
	var state stepState
	return c.call(ctx, http.MethodPost, "/api/v1/steps/"+step, pauseRequest{&paused}, &state)
}

// Monitor decodes what the pipeline's monitor knows into reading.
func (c *Client) Monitor(ctx context.Context, reading any) error {
	return c.call(ctx, http.MethodGet, "/api/v1/monitor", nil, reading)
}
