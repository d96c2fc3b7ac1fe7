package dashboard

import (
	"context"
	"net/http"
	"time"
)

// Losses are records that were accepted and that the log has lost.
type Losses interface {
	// Losses lists what is lost and not delivered.
	Losses(ctx context.Context) (LossReport, error)
	// Accept counts ranges as lost, durably, and lets their shards go on behind them. A range that is not
	// lost, or not any more, is refused; one that was accepted before is not counted again.
	Accept(ctx context.Context, lost []LostRange) (LossReport, error)
}

// LostRange is a stretch of a shard's records, both ends included, by their positions.
type LostRange struct {
	Shard int    `json:"shard"`
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
}

// Loss is a stretch of records that the log has lost.
type Loss struct {
	LostRange
	// Records is how many there are. Where the end of a log was lost, nobody knows how many there were, and
	// it is the most there can have been.
	Records uint64 `json:"records"`
	// Stopped: the shard's delivery has come to it, and waits. Since is when it did.
	Stopped bool      `json:"stopped"`
	Since   time.Time `json:"since,omitzero"`
	// After and Before are when the records next to it arrived, as far as the log has them.
	After  time.Time `json:"arrived_after,omitzero"`
	Before time.Time `json:"arrived_before,omitzero"`
	// Accepted: somebody has accepted it, and the shard's delivery is about to pass over it.
	Accepted bool `json:"accepted"`
}

// LossReport is what is lost.
type LossReport struct {
	Stream string `json:"stream"`
	// Lost are the losses that are known, by shard and position.
	Lost []Loss `json:"lost"`
	// LostAccepted counts the records whose loss was accepted and passed, ever.
	LostAccepted int64 `json:"lost_accepted"`
}

// acceptRequest is the body of a call that accepts losses.
type acceptRequest struct {
	Lost []LostRange `json:"lost"`
}

// maxLosses bounds one request.
const maxLosses = 1000

func (s *Server) losses(w http.ResponseWriter, r *http.Request) {
	report, err := s.deps.Losses.Losses(r.Context())
	if err != nil {
		writeFailure(w, err)
		return
	}
	writeJSON(w, http.StatusOK, report)
}

func (s *Server) acceptLosses(w http.ResponseWriter, r *http.Request) {
	var what acceptRequest
	if !readJSON(w, r, &what) {
		return
	}
	if n := len(what.Lost); n == 0 || n > maxLosses {
		badBody(w, `it must name 1 to 1,000 losses, such as {"lost": [{"shard": 0, "first": 41, "last": 60}]}`)
		return
	}
	report, err := s.deps.Losses.Accept(r.Context(), what.Lost)
	if err != nil {
		writeFailure(w, err)
		return
	}
	s.cfg.Logger.Warn("a loss of records was accepted", "lost", what.Lost)
	writeJSON(w, http.StatusOK, report)
}

// Losses lists what the log of the pipeline has lost.
func (c *Client) Losses(ctx context.Context) (LossReport, error) {
	var report LossReport
	err := c.call(ctx, http.MethodGet, "/api/v1/losses", nil, &report)
	return report, err
}

// AcceptLosses counts ranges as lost and lets their shards go on.
func (c *Client) AcceptLosses(ctx context.Context, lost []LostRange) (LossReport, error) {
	var report LossReport
	err := c.call(ctx, http.MethodPost, "/api/v1/losses/accept", acceptRequest{lost}, &report)
	return report, err
}
