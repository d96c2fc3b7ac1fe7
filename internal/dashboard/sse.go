package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	// maxStreams bounds the server-sent event streams of all clients together. Each holds a connection,
	// and what maxConnections has beyond them is for ordinary calls.
	maxStreams = 400
	// maxStreamEvents and maxStreamBytes bound what waits for one client. An event that is larger than
	// maxStreamBytes may wait alone.
	maxStreamEvents = 256
	maxStreamBytes  = 4 << 20
	// streamWriteTime is how long a client may take to receive one event.
	streamWriteTime = 10 * time.Second
	// keepAliveTime is the pause after which a comment is sent, so that proxies keep the connection open
	// and a client that is gone is noticed.
	keepAliveTime = 15 * time.Second
)

// Why a stream ends; what is not one of them is the client's own going.
var (
	errSlowClient = errors.New("the client is too slow")
	errStopping   = errors.New("the pipeline is stopping")
)

// streams counts the server-sent event streams of a server, and ends them when it stops.
type streams struct {
	// slots has room for as many as may be open at once, of which a caller has half at most.
	slots    chan struct{}
	shares   *shares
	stopping context.Context
	// stop ends every stream at once, and each one opened later.
	stop context.CancelFunc
	// writeTime and keepAlive are streamWriteTime and keepAliveTime.
	writeTime, keepAlive time.Duration
}

func newStreams(limit int) *streams {
	s := &streams{slots: make(chan struct{}, limit), shares: newShares((limit + 1) / 2), writeTime: streamWriteTime, keepAlive: keepAliveTime}
	s.stopping, s.stop = context.WithCancel(context.Background())
	return s
}

// serve answers r with server-sent events until the client goes, falls behind, or the server stops.
//
// feed runs in a goroutine of its own and sends through out; it returns when ctx ends, and may return
// earlier, which ends the stream once everything sent has been written. serve returns after feed.
// With no room for another stream, or of this caller's, the answer is 429, and feed is not called.
func (s *streams) serve(w http.ResponseWriter, r *http.Request, feed func(ctx context.Context, out *eventStream)) {
	release, ok := s.shares.take(r, new(byte)) // each stream is one more
	if !ok {
		tooMany(w, "too_many_streams", fmt.Sprintf("%d live views of this user or token are open, and no more are served at once to one", s.shares.most))
		return
	}
	defer release()
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		tooMany(w, "too_many_streams", fmt.Sprintf("%d live views are open, and no more are served at once", cap(s.slots)))
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	ctx, end := context.WithCancelCause(r.Context())
	defer end(nil)
	defer context.AfterFunc(s.stopping, func() { end(errStopping) })()
	out := &eventStream{wake: make(chan struct{}, 1), end: end}
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		feed(ctx, out)
	}()
	s.write(ctx, w, out, fed)
	end(nil)
	<-fed
}

func tooMany(w http.ResponseWriter, code, message string) {
	w.Header().Set("Retry-After", "5")
	writeError(w, http.StatusTooManyRequests, apiError{Code: code, Message: message, Hint: "close one, or try again in a few seconds"})
}

// write sends what out holds until ctx ends, or until fed is closed and nothing waits.
func (s *streams) write(ctx context.Context, w http.ResponseWriter, out *eventStream, fed <-chan struct{}) {
	client := streamClient{w, http.NewResponseController(w), s.writeTime}
	// The server's ReadTimeout would end a request that lives longer.
	_ = client.control.SetReadDeadline(time.Time{})
	if client.send([]byte(": penstock\n\n")) != nil {
		return
	}
	quiet := time.NewTicker(s.keepAlive)
	defer quiet.Stop()
	for {
		last := false
		select {
		case <-ctx.Done():
			client.bye(ctx)
			return
		case <-out.wake:
		case <-quiet.C:
			if client.send([]byte(":\n\n")) != nil {
				return
			}
		case <-fed:
			last = true
		}
		for ctx.Err() == nil {
			e, ok := out.next()
			if !ok {
				break
			}
			if client.send(frame(e.name, e.data)) != nil {
				return
			}
			quiet.Reset(s.keepAlive)
		}
		if last {
			client.bye(ctx) // the stop may have ended the feed first
			return
		}
	}
}

// frame is an event as the HTML standard's "server-sent events" writes it. data has no line breaks,
// as JSON made by encoding/json has none.
func frame(name string, data []byte) []byte {
	text := make([]byte, 0, len(name)+len(data)+16)
	text = append(append(append(text, "event: "...), name...), "\ndata: "...)
	return append(append(text, data...), "\n\n"...)
}

// streamClient writes to one client, each time with a deadline.
type streamClient struct {
	w         http.ResponseWriter
	control   *http.ResponseController
	writeTime time.Duration
}

// bye tells a client that the server is stopping, when that is what ended the stream.
func (c streamClient) bye(ctx context.Context) {
	if errors.Is(context.Cause(ctx), errStopping) {
		_ = c.send(frame("bye", []byte(`{"reason":"`+errStopping.Error()+`"}`)))
	}
}

func (c streamClient) send(text []byte) error {
	if err := c.control.SetWriteDeadline(time.Now().Add(c.writeTime)); err != nil {
		return err
	}
	if _, err := c.w.Write(text); err != nil {
		return err
	}
	return c.control.Flush()
}

// streamEvent is one event that waits for a client.
type streamEvent struct {
	name string
	// key is what a later event may take the place of, or empty.
	key  string
	data []byte
}

// eventStream holds what waits for one client. Its methods never block and may be called from any
// goroutine, also after the stream's end.
type eventStream struct {
	wake chan struct{}
	end  context.CancelCauseFunc

	mu    sync.Mutex
	queue []streamEvent
	bytes int
}

// send queues an event whose data is JSON in one line; data must not be changed afterwards, and many
// streams may share it. A client with too much waiting is dropped.
func (s *eventStream) send(name string, data []byte) { s.put(streamEvent{name: name, data: data}) }

// sendLatest queues an event in the place of one with the same name and key that still waits: a slow
// client skips what is outdated.
func (s *eventStream) sendLatest(name, key string, data []byte) {
	s.put(streamEvent{name: name, key: name + "\x00" + key, data: data})
}

// sendJSON queues value as JSON.
func (s *eventStream) sendJSON(name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encoding the event %s: %w", name, err)
	}
	s.send(name, data)
	return nil
}

func (s *eventStream) put(e streamEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.key != "" {
		for i := range s.queue {
			if s.queue[i].key == e.key {
				s.bytes += len(e.data) - len(s.queue[i].data)
				s.queue[i] = e
				return
			}
		}
	}
	if len(s.queue) >= maxStreamEvents || len(s.queue) > 0 && s.bytes+len(e.data) > maxStreamBytes {
		s.end(errSlowClient)
		return
	}
	s.queue = append(s.queue, e)
	s.bytes += len(e.data)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *eventStream) next() (streamEvent, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.queue = nil
		return streamEvent{}, false
	}
	e := s.queue[0]
	s.queue[0] = streamEvent{} // its data is not needed any longer
	s.queue = s.queue[1:]
	s.bytes -= len(e.data)
	return e, true
}
