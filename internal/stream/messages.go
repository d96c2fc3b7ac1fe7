package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// readAhead is how many messages are asked for at once, while half of them are still to come;
	// fewer when they are large, so that they are about readAheadBytes: server and client hold
	// several copies of what is under way.
	readAhead      = 64
	readAheadLeast = 2
	readAheadBytes = 6 << 20
	// requestBytes bounds what one request brings. It must exceed any message, or it would never
	// come.
	requestBytes = maxPayload + 1<<20
	// stalledRead is after how long without a message that is known to exist a reader begins anew.
	stalledRead = 10 * time.Second
	// untrusted is after how many stalls in a row the server is replaced, and again after twice as many, and
	// so on. One that finds a file missing or damaged which it had opened gives nothing for ever and does not
	// say why; a new one reads the files and knows what is gone.
	untrusted = 2
	// rereadPause is before a reader that met an error sets out again.
	rereadPause = 20 * time.Millisecond
	// abandonedReader is after how long the server forgets a reader that asks for nothing.
	abandonedReader = 5 * time.Minute
)

var (
	// errStalled: a message that is known to exist did not come.
	errStalled = errors.New("a message that was stored does not come")
	// errEndLost: the server, opened again, no longer has what was the end of the log.
	errEndLost = errors.New("the end of the log is gone")
)

// messages reads the messages of a store in order, each once, whatever happens to the engine or to
// the messages before it. It asks only for messages known to exist, a few at a time, so what is
// under way is bounded and an idle reader costs nothing. Belongs to one goroutine.
//
// The client's own iterators hold a channel of either a million places or so few that it overflows
// and stalls; hence the pull requests are made here.
type messages struct {
	store *store
	next  uint64 // JetStream sequence to go on from
	// patience is stalledRead.
	patience time.Duration

	// The rest belongs to the present consumer; sub is nil while there is none.
	engine   *engine
	conn     *nats.Conn
	sub      *nats.Subscription
	consumer string
	asked    uint64 // messages asked for and not received
	received uint64 // messages received
	size     int    // of the last message
}

// newMessages reads on from the JetStream sequence next.
func newMessages(store *store, next uint64) messages {
	return messages{store: store, next: next, patience: stalledRead}
}

// read waits for the next message, of which newest is the last that is known to exist and not less
// than the next. Its data belongs to the caller. Messages that a new server no longer has are passed over;
// errEndLost says that none is left.
func (m *messages) read(ctx context.Context, newest uint64) (seq uint64, data []byte, err error) {
	for stalls := 0; ; {
		seq, data, err := m.try(ctx, newest)
		if err == nil {
			return seq, data, nil
		}
		e := m.engine
		m.close()
		if errors.Is(err, errStalled) && ctx.Err() == nil {
			if stalls++; stalls > untrusted && m.endLost(ctx) {
				return 0, nil, errEndLost
			}
			if stalls >= untrusted && stalls&(stalls-1) == 0 {
				m.store.engines.fail(e, err)
			}
		}
		if ctx.Err() != nil {
			return 0, nil, ctx.Err()
		}
		m.store.engines.cfg.Logger.Debug("a reader of the log begins anew", slog.Any("cause", err))
		if errors.Is(err, errClosed) || errors.Is(err, jetstream.ErrStreamNotFound) {
			return 0, nil, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(rereadPause):
		}
	}
}

// endLost says whether the server has nothing from next on. It remembers how far the log had got, so only
// asking for a message tells.
func (m *messages) endLost(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, m.patience)
	defer cancel()
	_, err := m.store.at(ctx, m.next)
	return errors.Is(err, jetstream.ErrMsgNotFound)
}

func (m *messages) try(ctx context.Context, newest uint64) (uint64, []byte, error) {
	if m.sub == nil {
		if err := m.store.ask(ctx, m.subscribe); err != nil {
			return 0, nil, err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, m.patience, errStalled)
	defer cancel()
	for {
		if err := m.askFor(newest); err != nil {
			return 0, nil, err
		}
		msg, err := m.sub.NextMsgWithContext(ctx)
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return 0, nil, fmt.Errorf("reading message %d of %s: %w", m.next, m.store.name, err)
		}
		if status := msg.Header.Get("Status"); status != "" {
			if err := m.heed(status, msg.Header); err != nil {
				return 0, nil, err
			}
			continue
		}
		meta, err := msg.Metadata()
		if err != nil {
			return 0, nil, fmt.Errorf("reading the stream %s: %w", m.store.name, err)
		}
		m.asked--
		m.received++
		m.size = len(msg.Data)
		if meta.Sequence.Consumer != m.received || meta.Sequence.Stream < m.next {
			return 0, nil, fmt.Errorf("reading the stream %s: message %d came out of order", m.store.name, meta.Sequence.Stream)
		}
		m.next = meta.Sequence.Stream + 1
		return meta.Sequence.Stream, msg.Data, nil
	}
}

// subscribe makes a consumer that begins at m.next.
func (m *messages) subscribe(ctx context.Context, e *engine, handle jetstream.Stream) error {
	consumer, err := handle.CreateConsumer(ctx, jetstream.ConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       max(m.next, 1),
		AckPolicy:         jetstream.AckNonePolicy,
		MemoryStorage:     true,
		InactiveThreshold: abandonedReader,
	})
	if err != nil {
		return fmt.Errorf("reading the stream %s: %w", m.store.name, err)
	}
	sub, err := e.conn.SubscribeSync(e.conn.NewInbox())
	if err == nil {
		err = sub.SetPendingLimits(-1, -1) // what was asked for is the limit
	}
	if err != nil {
		return fmt.Errorf("reading the stream %s: %w", m.store.name, err)
	}
	m.engine, m.conn, m.sub, m.consumer = e, e.conn, sub, consumer.CachedInfo().Name
	m.asked, m.received = 0, 0
	return nil
}

// askFor asks for messages up to newest, as many as may be under way.
func (m *messages) askFor(newest uint64) error {
	ahead := uint64(min(max(readAheadBytes/max(m.size, 1), readAheadLeast), readAhead))
	if m.asked > ahead/2 {
		return nil
	}
	due := m.next + m.asked
	if due > newest {
		return nil
	}
	batch := min(ahead-m.asked, newest+1-due)
	request := fmt.Appendf(nil, `{"batch":%d,"max_bytes":%d,"expires":%d}`, batch, requestBytes, time.Minute)
	if err := m.conn.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+m.store.name+"."+m.consumer, m.sub.Subject, request); err != nil {
		return fmt.Errorf("reading the stream %s: %w", m.store.name, err)
	}
	m.asked += batch
	return nil
}

// heed acts on what the server says instead of sending a message. A request that expired, because
// messages were trimmed meanwhile (408), or that met its limit of bytes (409), says how much of it is
// left; anything else ends the consumer.
func (m *messages) heed(status string, header nats.Header) error {
	left, err := strconv.ParseUint(header.Get("Nats-Pending-Messages"), 10, 64)
	if status != "408" && status != "409" || err != nil || left > m.asked {
		return fmt.Errorf("reading the stream %s: the server answered %s %s", m.store.name, status, header.Get("Description"))
	}
	m.asked -= left
	return nil
}

// skip makes next the message to go on from.
func (m *messages) skip(next uint64) {
	if next != m.next {
		m.close()
		m.next = next
	}
}

// close gives the consumer back; read may be called again and goes on where it was.
func (m *messages) close() {
	if m.sub == nil {
		return
	}
	// Best effort: without it the server forgets the consumer by itself.
	_ = m.sub.Unsubscribe()
	_ = m.conn.Publish("$JS.API.CONSUMER.DELETE."+m.store.name+"."+m.consumer, nil)
	m.sub, m.conn = nil, nil
}
