package duckdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

// The calls. Each is a POST with a JSON request; all but query answer with one JSON value.
const (
	pathPing       = "/ping"
	pathOpen       = "/open"
	pathPrepare    = "/prepare"
	pathLoad       = "/load"
	pathWatermarks = "/watermarks"
	pathUnloaded   = "/unloaded"
	pathSnapshot   = "/snapshot"
	pathDescribe   = "/describe"
	pathLatency    = "/latency"
	pathQuery      = "/query"
)

type none struct{}

// wireError is an error on its way from the child.
type wireError struct {
	Code    string `json:",omitempty"`
	Message string
	Hint    string `json:",omitempty"`
	// Passing: the caller may try again, see warehouse.ErrUnavailable.
	Passing bool `json:",omitempty"`
	// Rewind: see warehouse.ErrRewind.
	Rewind bool `json:",omitempty"`
}

func toWire(err error) wireError {
	w := wireError{Message: err.Error(), Passing: passing(err), Rewind: errors.Is(err, warehouse.ErrRewind)}
	var e *event.Error
	if errors.As(err, &e) {
		bare := *e
		bare.Hint = ""
		w.Code, w.Message, w.Hint = e.Code, bare.Error(), e.Hint
	}
	return w
}

func (w wireError) err() error {
	err := error(&event.Error{Code: w.Code, Message: w.Message, Hint: w.Hint})
	if w.Rewind {
		return fmt.Errorf("%w: %w", warehouse.ErrRewind, err)
	}
	if w.Passing {
		return fmt.Errorf("%w: %w", warehouse.ErrUnavailable, err)
	}
	return err
}

// passing reports whether a failure may go away by itself: no memory while a query has it, no disk
// space, an interrupt.
func passing(err error) bool {
	return errors.Is(err, warehouse.ErrUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		isKind(err, bindings.ErrorTypeOutOfMemory, bindings.ErrorTypeErrorIO, bindings.ErrorTypeInterrupt,
			bindings.ErrorTypeFatal, bindings.ErrorTypeInternal, bindings.ErrorTypeTransaction)
}

// answer is a handler that decodes its request and encodes what fn returns.
func answer[Req, Resp any](fn func(context.Context, Req) (Resp, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req Req
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			fail(w, fmt.Errorf("read the request: %w", err))
			return
		}
		resp, err := fn(r.Context(), req)
		if err != nil {
			fail(w, err)
			return
		}
		// A failed write means that the parent is gone; nobody is left to tell.
		_ = json.NewEncoder(w).Encode(resp)
	}
}

func fail(w http.ResponseWriter, err error) {
	w.WriteHeader(http.StatusInternalServerError)
	_ = json.NewEncoder(w).Encode(toWire(err))
}

// readError is the error in a response other than 200.
func readError(body io.Reader) error {
	var w wireError
	if err := json.NewDecoder(body).Decode(&w); err != nil {
		return fmt.Errorf("%w: %w: %w", warehouse.ErrUnavailable, errEnded, err)
	}
	return w.err()
}
