package verify

import (
	"context"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/produce"
)

// Send sends the mark's first order to a stream, for as long as patience where the stream says later, and returns when
// the stream has taken it.
func (m Mark) Send(ctx context.Context, stream string, client produce.Client, patience time.Duration) error {
	producer, err := produce.New(produce.Config{Stream: stream, RetryFor: patience, Linger: time.Millisecond}, client)
	if err != nil {
		return err
	}
	sent, err := producer.Run(ctx, &orders{mark: m, count: 1})
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if sent.Sent != 1 {
		return &event.Error{Code: "not_accepted", Message: "stream " + stream + " did not take the event: " + strings.Join(sent.Problems, "; "),
			Hint: "`penstock aws status` says how the stream is"}
	}
	return nil
}
