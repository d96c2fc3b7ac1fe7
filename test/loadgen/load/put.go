package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Pauses between tries of one request.
const (
	firstPause   = 5 * time.Millisecond
	longestPause = 500 * time.Millisecond
)

// put sends the events of t until each is acknowledged, those that failed on their own.
func (w *worker) put(ctx context.Context, t *template) error {
	request, slots := t.request, t.slots
	begun, pause := time.Now(), firstPause
	for {
		sent := time.Now()
		a, err := w.connection.exchange(ctx, request)
		w.report.Requests++
		failed, err := w.judge(slots, a, err)
		if taken := len(slots) - len(failed); taken > 0 {
			w.report.Acked += int64(taken)
			w.latencies = append(w.latencies, time.Since(sent))
		}
		if len(failed) == 0 {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil && time.Since(begun) > w.cfg.RetryFor {
			return fmt.Errorf("gave up after %s: %w", w.cfg.RetryFor, err)
		}
		if len(failed) < len(slots) {
			slots = failed
			request = t.part(w.cfg, slots)
		}
		w.report.Retried += int64(len(slots))
		if err := rest(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

// judge says which of the events of a request are to be sent again, and why.
func (w *worker) judge(slots []slot, a answer, err error) ([]slot, error) {
	switch {
	case errors.Is(err, errUnknown):
		w.report.Unknown += int64(len(slots))
		return slots, err
	case err != nil:
		return slots, err
	case a.status != http.StatusOK:
		w.report.Refused++
		return slots, fmt.Errorf("status %d: %.200s", a.status, a.body)
	case noneFailed(a.body):
		return nil, nil
	}
	var result struct {
		Records []struct{ ErrorCode, ErrorMessage string }
	}
	if err := json.Unmarshal(a.body, &result); err != nil || len(result.Records) != len(slots) {
		w.report.Unknown += int64(len(slots))
		return slots, fmt.Errorf("%w that can be read: %.200s", errUnknown, a.body)
	}
	var failed []slot
	for i, r := range result.Records {
		if r.ErrorCode != "" {
			failed = append(failed, slots[i])
			err = fmt.Errorf("%s: %s", r.ErrorCode, r.ErrorMessage)
		}
	}
	return failed, err
}

// noneFailed says whether an answer begins or ends with "FailedRecordCount":0, which tells all.
func noneFailed(body []byte) bool {
	const near = 64
	return saysZero(body[:min(near, len(body))]) || saysZero(body[max(0, len(body)-near):])
}

func saysZero(text []byte) bool {
	_, after, found := bytes.Cut(text, []byte(`"FailedRecordCount":0`))
	return found && len(after) > 0 && (after[0] == ',' || after[0] == '}')
}

// part is a request of some of t's events.
func (t *template) part(cfg Config, slots []slot) []byte {
	body := fmt.Appendf(nil, `{"StreamName":%q,"Records":[`, cfg.Stream)
	for i, s := range slots {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, t.body[s.start:s.end]...)
	}
	body = append(body, "]}"...)
	return append(requestHead(cfg, len(body)), body...)
}

// rest waits; the error is why ctx ended before.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
