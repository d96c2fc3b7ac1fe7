package dashboard

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// statuses are those of errors with a code that the caller cannot mend. The codes are the warehouse's and the
// redrive's; every other error with a code tells the caller what to mend.
var statuses = map[string]int{
	"query_timeout":         http.StatusGatewayTimeout,
	"query_busy":            http.StatusTooManyRequests,
	"query_stopped":         http.StatusServiceUnavailable,
	"warehouse_locked":      http.StatusServiceUnavailable,
	"warehouse_unavailable": http.StatusServiceUnavailable,
	"warehouse_unreachable": http.StatusServiceUnavailable,
	"redrive_not_loaded":    http.StatusServiceUnavailable,
	"redrive_stopped":       http.StatusServiceUnavailable,
}

// statusOf is 400 for errors that tell the caller what to mend, 429 for what is too many at once, 503 for what
// may succeed a moment later, 504 for what took too long, and 500 for the rest.
func statusOf(err error) int {
	if known, ok := errors.AsType[*event.Error](err); ok {
		status, listed := statuses[known.Code]
		switch {
		case listed:
			return status
		case strings.HasPrefix(known.Code, "too_many"):
			return http.StatusTooManyRequests
		}
		return http.StatusBadRequest
	}
	switch {
	case errors.Is(err, event.ErrThrottled):
		return http.StatusServiceUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

// writeFailure answers with an error, and says when to try again where that helps.
func writeFailure(w http.ResponseWriter, err error) {
	status := statusOf(err)
	switch status {
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "5")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "2")
	}
	writeError(w, status, toAPIError(err))
}

// writeChartError answers as writeFailure does, and 503 for any error that says nothing to a reader.
func writeChartError(w http.ResponseWriter, err error) {
	if _, ok := errors.AsType[*event.Error](err); !ok {
		err = &event.Error{Code: "warehouse_unavailable", Message: "the warehouse does not answer at present", Hint: "try again in a moment"}
	}
	writeFailure(w, err)
}

func writeError(w http.ResponseWriter, status int, e apiError) {
	writeJSON(w, status, map[string]apiError{"error": e})
}
