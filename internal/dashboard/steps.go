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
	Paused bool `json:"paused"`
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
	step := r.PathValue("step")
	if err := s.deps.Steps.Pause(r.Context(), step, what.Paused); err != nil {
		writeFailure(w, err)
		return
	}
	s.cfg.Logger.Info("a step was paused or goes on", "step", step, "paused", what.Paused)
	writeJSON(w, http.StatusOK, stepState{step, what.Paused})
}

// Pause pauses a step of the pipeline, or lets it go on.
func (c *Client) Pause(ctx context.Context, step string, paused bool) error {
	var state stepState
	return c.call(ctx, http.MethodPost, "/api/v1/steps/"+step, pauseRequest{paused}, &state)
}

// Monitor decodes what the pipeline's monitor knows into reading.
func (c *Client) Monitor(ctx context.Context, reading any) error {
	return c.call(ctx, http.MethodGet, "/api/v1/monitor", nil, reading)
}
