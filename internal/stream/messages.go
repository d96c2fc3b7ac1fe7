package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// idleRead is after how long without a read the consumer is given up: the server would begin to send
// signs of life that nobody takes.
const idleRead = 5 * time.Second

// rereadPause is before a reader that met an error sets out again.
const rereadPause = 50 * time.Millisecond

// messages reads the messages of a store in order, each once, whatever happens to the engine or to
// the messages before it. Belongs to one goroutine.
type messages struct {
	store *store
	next  uint64 // JetStream sequence to go on from
	iter  jetstream.MessagesContext
	used  time.Time // when iter was last read
}

// read waits for the next message. Its data belongs to the caller.
func (m *messages) read(ctx context.Context) (seq uint64, data []byte, err error) {
	if m.iter != nil && time.Since(m.used) > idleRead {
		m.close()
	}
	for {
		if m.iter == nil {
			if m.iter, err = m.store.follow(ctx, m.next); err != nil {
				m.iter = nil
				if !m.pause(ctx, err) {
					return 0, nil, err
				}
				continue
			}
		}
		msg, err := m.iter.Next(jetstream.NextContext(ctx))
		if err != nil {
			if ctx.Err() != nil {
				return 0, nil, ctx.Err()
			}
			m.close()
			if !m.pause(ctx, err) {
				return 0, nil, err
			}
			continue
		}
		meta, err := msg.Metadata()
		if err != nil {
			return 0, nil, fmt.Errorf("reading the stream %s: %w", m.store.name, err)
		}
		if meta.Sequence.Stream < m.next {
			continue
		}
		m.used = time.Now()
		m.next = meta.Sequence.Stream + 1
		return meta.Sequence.Stream, msg.Data(), nil
	}
}

// pause waits before another attempt; false if there is to be none.
func (m *messages) pause(ctx context.Context, err error) bool {
	if errors.Is(err, errClosed) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(rereadPause):
		return true
	}
}

// close stops the reading; read may be called again and goes on where it was.
func (m *messages) close() {
	if m.iter != nil {
		m.iter.Stop()
		m.iter = nil
	}
}
