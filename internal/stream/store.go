package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// resolveTimeout is how long a writer waits to learn whether a message whose outcome it does not
// know is in the log. Opening the log again takes well under a second unless it must be rebuilt.
const resolveTimeout = 20 * time.Second

var (
	// errUnknown: whether the message is in the log could not be found out in time.
	errUnknown = errors.New("the outcome of the write is not known; sending again may store it twice")
	// errNotStored: the message is surely not in the log.
	errNotStored = errors.New("the write failed and nothing was stored")
	// errPartly: some records of the call are in the log, the others are not.
	errPartly = errors.New("only some of the records were stored; sending all again stores those twice")
	// errMoved: somebody else wrote to the stream.
	errMoved = errors.New("the last message is not the expected one")
)

// store is one JetStream stream that only this process writes. Reading is safe for concurrent use;
// append belongs to one goroutine at a time.
type store struct {
	name    string // of the JetStream stream, and its only subject
	dir     string // the stream's folder
	noSync  bool
	sync    func(path string) error
	engines *supervisor
	// last is the JetStream sequence of the newest message. Belongs to the writer.
	last uint64

	mu struct {
		sync.Mutex
		engine *engine // what the fields below belong to
		stream jetstream.Stream
		blocks *blocks // nil without syncs
	}
}

func newStore(cfg Config, engines *supervisor, name string) *store {
	return &store{
		name:    name,
		dir:     filepath.Join(streamsDir(cfg.Dir), name),
		noSync:  cfg.NoSync,
		sync:    cfg.sync,
		engines: engines,
	}
}

// streamsDir is where the server keeps the streams of its only account.
func streamsDir(dir string) string { return filepath.Join(dir, "jetstream", "$G", "streams") }

// create makes the JetStream stream, durably.
func (t *store) create(ctx context.Context, root string) error {
	e, err := t.engines.wait(ctx)
	if err != nil {
		return err
	}
	err = e.during(ctx, func(ctx context.Context) error {
		_, err := e.js.CreateStream(ctx, jetstream.StreamConfig{
			Name:         t.name,
			Subjects:     []string{t.name},
			Storage:      jetstream.FileStorage,
			Retention:    jetstream.LimitsPolicy,
			Discard:      jetstream.DiscardNew,
			MaxConsumers: -1, MaxMsgs: -1, MaxBytes: -1, MaxMsgSize: -1,
			Replicas:    1,
			AllowDirect: true,
			Duplicates:  100 * time.Millisecond, // the least; message ids are not used
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("making the stream %s: %w", t.name, err)
	}
	return t.settle(root)
}

// settle makes the stream's folders durable, up to root.
func (t *store) settle(root string) error {
	if t.noSync {
		return nil
	}
	return syncFolders(filepath.Join(t.dir, "msgs"), root, t.sync)
}

// on returns the handle of the stream on e. The first call on an engine makes durable what can be
// read from it; where that fails the engine is replaced, which mends the file.
func (t *store) on(ctx context.Context, e *engine) (jetstream.Stream, *blocks, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.engine == e {
		return t.mu.stream, t.mu.blocks, nil
	}
	handle, err := e.js.Stream(ctx, t.name)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the stream %s: %w", t.name, err)
	}
	var b *blocks
	if !t.noSync {
		if b, err = openBlocks(t.dir, t.sync); err != nil {
			if errors.Is(err, errNotSynced) {
				t.engines.fail(e, err)
			}
			return nil, nil, err
		}
	}
	t.mu.engine, t.mu.stream, t.mu.blocks = e, handle, b
	return handle, b, nil
}

// ask lets fn use the stream on the running engine, and again on the next one if that engine fails
// meanwhile.
func (t *store) ask(ctx context.Context, fn func(context.Context, *engine, jetstream.Stream) error) error {
	for {
		e, err := t.engines.wait(ctx)
		if err != nil {
			return err
		}
		err = e.during(ctx, func(ctx context.Context) error {
			handle, _, err := t.on(ctx, e)
			if err != nil {
				return err
			}
			return fn(ctx, e, handle)
		})
		if err == nil || ctx.Err() != nil || e.ctx.Err() == nil {
			return err
		}
	}
}

// state asks the server for the bounds of the stream.
func (t *store) state(ctx context.Context, opts ...jetstream.StreamInfoOpt) (state jetstream.StreamState, err error) {
	err = t.ask(ctx, func(ctx context.Context, _ *engine, handle jetstream.Stream) error {
		info, err := handle.Info(ctx, opts...)
		if err != nil {
			return fmt.Errorf("looking up the stream %s: %w", t.name, err)
		}
		state = info.State
		return nil
	})
	return state, err
}

// at reads the first message at or after seq; jetstream.ErrMsgNotFound if there is none.
func (t *store) at(ctx context.Context, seq uint64) (msg *jetstream.RawStreamMsg, err error) {
	err = t.ask(ctx, func(ctx context.Context, _ *engine, handle jetstream.Stream) error {
		msg, err = handle.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(t.name))
		if err != nil {
			return fmt.Errorf("reading message %d of %s: %w", seq, t.name, err)
		}
		return nil
	})
	return msg, err
}

// append writes payload as the next message and returns nil when it is durable. After errMoved,
// errUnknown and errNotStored the caller must look up the last message before it appends again.
func (t *store) append(payload []byte) error {
	e, err := t.engines.current()
	if err != nil {
		return err
	}
	err = t.write(e, payload)
	if err == nil {
		t.last++
		return nil
	}
	if !refused(err) {
		// Whatever is still under way on this engine ends with it.
		t.engines.fail(e, err)
	}
	if err := t.resolve(payload, err); err != nil {
		return err
	}
	t.last++
	return nil
}

func (t *store) write(e *engine, payload []byte) error {
	var b *blocks
	err := e.during(e.ctx, func(ctx context.Context) (err error) {
		_, b, err = t.on(ctx, e)
		return err
	})
	if err != nil {
		return err
	}
	if err := e.publish(t.name, payload, t.last); err != nil {
		return err
	}
	if b == nil {
		return nil
	}
	return b.wrote(len(payload))
}

// resolve finds out, after cause, whether payload is in the log: nil if it is.
func (t *store) resolve(payload []byte, cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), resolveTimeout)
	defer cancel()
	state, err := t.state(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w: %w", errUnknown, cause, err)
	}
	switch state.LastSeq {
	case t.last:
		return fmt.Errorf("%w: %w", errNotStored, cause)
	case t.last + 1:
		msg, err := t.at(ctx, state.LastSeq)
		if err != nil {
			return fmt.Errorf("%w: %w: %w", errUnknown, cause, err)
		}
		if bytes.Equal(msg.Data, payload) {
			return nil
		}
	}
	return fmt.Errorf("%w: %w", errMoved, cause)
}

// purge removes the messages before seq; the caller keeps the newest, which alone remembers where
// the stream stands.
func (t *store) purge(ctx context.Context, seq uint64) error {
	return t.ask(ctx, func(ctx context.Context, _ *engine, handle jetstream.Stream) error {
		if err := handle.Purge(ctx, jetstream.WithPurgeSequence(seq)); err != nil {
			return fmt.Errorf("trimming the stream %s: %w", t.name, err)
		}
		return nil
	})
}
