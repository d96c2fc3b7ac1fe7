package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/penstock/penstock/internal/event"
)

const (
	// startTimeout bounds the start of the server. After a crash it reads the whole log once.
	startTimeout = 30 * time.Minute
	// publishTimeout is after how long without an answer a write counts as stuck. Slow disks take
	// seconds for an fsync; a minute is a fault.
	publishTimeout = time.Minute
	// consumerTimeout bounds what the client asks on its own account, between two messages; a server
	// that was stopped never answers.
	consumerTimeout = 5 * time.Second
	// requestTimeout bounds everything else that is asked of the server. A read waits for the fsync of
	// the write before it, so that it may take as long as that.
	requestTimeout = publishTimeout
)

// engine is one run of the embedded server with a connection to it. A server that failed to write
// never writes again, so the log then replaces the engine as a whole.
type engine struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	// ctx ends when the engine is found broken or is stopped; everything under way on it gives up.
	ctx    context.Context
	cancel context.CancelCauseFunc
	stop   sync.Once
	// writing counts the publishes under way.
	writing atomic.Int32
}

// startEngine returns when the server has recovered its streams.
func startEngine(cfg Config) (*engine, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName:         "penstock",
		DontListen:         true,
		NoSigs:             true,
		NoLog:              true,
		JetStream:          true,
		StoreDir:           cfg.Dir,
		SyncAlways:         !cfg.NoSync,
		JetStreamMaxMemory: 256 << 20,
		// The log's own reserve is what limits it, never the server's guess about the disk.
		JetStreamMaxStore: 1 << 60,
		MaxPayload:        maxPayload,
		// A reader that is slow to take its chunks must not be cut off.
		WriteDeadline: 10 * time.Minute,
		MaxPending:    256 << 20,
	})
	if err != nil {
		return nil, fmt.Errorf("setting up the log's server: %w", err)
	}
	srv.SetLoggerV2(serverLog{cfg.Logger}, false, false, false)
	srv.Start()
	e := &engine{server: srv}
	e.ctx, e.cancel = context.WithCancelCause(context.Background())
	if err := e.connect(); err != nil {
		e.close(err)
		return nil, err
	}
	return e, nil
}

func (e *engine) connect() error {
	if !e.server.ReadyForConnections(startTimeout) || !e.server.JetStreamEnabled() {
		return &event.Error{
			Code:    "log_not_started",
			Message: "the log could not be opened",
			Hint:    "is its folder writable, and not full? The warnings before this line say more",
		}
	}
	conn, err := nats.Connect("", nats.InProcessServer(e.server), nats.NoReconnect(), nats.Name("penstock"),
		nats.MaxPingsOutstanding(1000), nats.Timeout(requestTimeout), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		return fmt.Errorf("connecting to the log's server: %w", err)
	}
	e.conn = conn
	e.js, err = jetstream.New(conn, jetstream.WithDefaultTimeout(consumerTimeout))
	if err != nil {
		return fmt.Errorf("connecting to the log's server: %w", err)
	}
	return nil
}

// close ends everything under way on e with cause, and returns when the server has stopped.
func (e *engine) close(cause error) {
	e.stop.Do(func() {
		e.cancel(cause)
		if e.conn != nil {
			e.conn.Close()
		}
		e.server.Shutdown()
		e.server.WaitForShutdown()
	})
}

// publish writes payload as the message after sequence last of the JetStream stream name, and
// returns when it is fsynced. Every error but a refusal leaves the outcome unknown.
func (e *engine) publish(name string, payload []byte, last uint64) error {
	e.writing.Add(1)
	defer e.writing.Add(-1)
	ctx, cancel := context.WithTimeout(e.ctx, publishTimeout)
	defer cancel()
	ack, err := e.js.PublishMsg(ctx, &nats.Msg{Subject: name, Data: payload},
		jetstream.WithExpectLastSequence(last), jetstream.WithRetryAttempts(0))
	switch {
	case err == nil && ack.Sequence == last+1:
		return nil
	case err == nil:
		return fmt.Errorf("the server stored a message as %d, not as %d", ack.Sequence, last+1)
	case e.ctx.Err() != nil:
		return context.Cause(e.ctx)
	}
	return err
}

// during calls fn with ctx, which also ends when the engine fails and after requestTimeout: the
// client does not give up what waits for an answer when its connection ends.
func (e *engine) during(ctx context.Context, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	err := fn(ctx)
	if err != nil && e.ctx.Err() != nil {
		return fmt.Errorf("%w: %w", context.Cause(e.ctx), err)
	}
	return err
}

// refused says that the server answered and did not store the message, because the last sequence
// was not the expected one.
func refused(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}

// fault asks the server whether it has failed to write to one of the given streams.
func (e *engine) fault(ours func(name string) bool) error {
	status := e.server.Healthz(&server.HealthzOptions{Details: true})
	for _, fault := range status.Errors {
		if fault.Stream == "" || ours(fault.Stream) {
			return errors.New(fault.Error)
		}
	}
	return nil
}
