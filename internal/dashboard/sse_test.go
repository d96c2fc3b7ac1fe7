package dashboard

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// liveClient reads the events of one stream.
type liveClient struct {
	t        *testing.T
	response *http.Response
	lines    *bufio.Scanner
	comments int
}

func openLive(t *testing.T, url string) *liveClient {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 16<<20)
	return &liveClient{t: t, response: response, lines: lines}
}

// next is the next event; ok is false when the stream has ended.
func (c *liveClient) next() (name, data string, ok bool) {
	c.t.Helper()
	for c.lines.Scan() {
		line := c.lines.Text()
		switch {
		case line == "" && name != "":
			return name, data, true
		case strings.HasPrefix(line, ":"):
			c.comments++
		case strings.HasPrefix(line, "event: "):
			name = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data: "):
			data = strings.TrimPrefix(line, "data: ")
		}
	}
	return "", "", false
}

func serveStreams(t *testing.T, s *streams, feed func(context.Context, *eventStream)) string {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, feed) }))
	t.Cleanup(web.Close)
	t.Cleanup(s.stop) // first, or the server would wait for its streams
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return web.URL
}

func TestAStreamSendsItsEventsInOrderAndEndsWithItsFeed(t *testing.T) {
	url := serveStreams(t, newStreams(1), func(_ context.Context, out *eventStream) {
		for i := range 100 {
			if err := out.sendJSON("n", i); err != nil {
				t.Error(err)
			}
		}
	})
	c := openLive(t, url)
	if got := c.response.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	for i := range 100 {
		if name, data, ok := c.next(); !ok || name != "n" || data != fmt.Sprint(i) {
			t.Fatalf("event %d: %q %q %v", i, name, data, ok)
		}
	}
	if name, _, ok := c.next(); ok {
		t.Errorf("another event: %q", name)
	}
}

func TestAStreamPastTheLimitIsRefusedUntilOneCloses(t *testing.T) {
	const limit = 3
	closed := make(chan struct{}, limit)
	s := newStreams(limit)
	url := serveStreams(t, s, func(ctx context.Context, out *eventStream) {
		out.send("hello", []byte("1"))
		<-ctx.Done()
		closed <- struct{}{}
	})
	var open []*liveClient
	for range limit {
		c := openLive(t, url)
		if _, _, ok := c.next(); !ok {
			t.Fatal("a stream within the limit ended")
		}
		open = append(open, c)
	}
	past := openLive(t, url)
	if past.response.StatusCode != http.StatusTooManyRequests || past.response.Header.Get("Retry-After") == "" {
		t.Errorf("past the limit: %s, Retry-After %q", past.response.Status, past.response.Header.Get("Retry-After"))
	}
	_ = open[0].response.Body.Close()
	<-closed
	for deadline := time.Now().Add(time.Minute); ; { // the slot is free a moment after its feed ends
		c := openLive(t, url)
		if c.response.StatusCode == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no room after a stream closed")
		}
	}
}

func TestStoppingEndsEveryStreamAtOnceWithBye(t *testing.T) {
	s := newStreams(10)
	s.keepAlive = time.Hour // nothing but the stop wakes a stream
	url := serveStreams(t, s, func(ctx context.Context, out *eventStream) {
		out.send("hello", []byte("1"))
		<-ctx.Done()
	})
	var clients []*liveClient
	for range 10 {
		c := openLive(t, url)
		c.next()
		clients = append(clients, c)
	}
	s.stop()
	for _, c := range clients {
		if name, data, ok := c.next(); !ok || name != "bye" || !strings.Contains(data, "stopping") {
			t.Errorf("got %q %q %v", name, data, ok)
		}
		if _, _, ok := c.next(); ok {
			t.Error("the stream goes on after bye")
		}
	}
}

func TestTheServersStopEndsItsStreams(t *testing.T) {
	a := &answers{}
	_, url, stop := runServer(t, a, func(s *Server) {
		s.table = append(s.table, route{"GET /stream", anybody, func(w http.ResponseWriter, r *http.Request) {
			s.streams.serve(w, r, func(ctx context.Context, out *eventStream) {
				out.send("hello", []byte("1"))
				<-ctx.Done()
			})
		}})
	})
	c := openLive(t, url+"/stream")
	c.next()
	stop()
	// One that goes on until the stop's patience is over is cut, and learns nothing.
	if name, _, _ := c.next(); name != "bye" {
		t.Errorf("got %q", name)
	}
}

// A client that reads nothing is dropped once the connection's own buffers and its queue are full.
func TestASlowClientIsDropped(t *testing.T) {
	s := newStreams(1)
	s.writeTime = 100 * time.Millisecond
	ended := make(chan error, 1)
	url := serveStreams(t, s, func(ctx context.Context, out *eventStream) {
		data := []byte(`"` + strings.Repeat("x", 1<<20) + `"`)
		for ctx.Err() == nil {
			out.sendLatest("chart", "a", data)
		}
		ended <- context.Cause(ctx)
	})
	openLive(t, url) // and reads no more
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("the slow client is still served")
	}
}

func TestTheQueueOfAClientHasALimit(t *testing.T) {
	var cause error
	out := &eventStream{wake: make(chan struct{}, 1), end: func(err error) { cause = err }}
	for range maxStreamEvents {
		out.send("n", []byte("1"))
	}
	if cause != nil {
		t.Fatalf("dropped at the limit: %v", cause)
	}
	out.send("n", []byte("1"))
	if !errors.Is(cause, errSlowClient) {
		t.Errorf("one past the limit: %v", cause)
	}
}

func TestTheBytesThatWaitForAClientHaveALimit(t *testing.T) {
	var cause error
	out := &eventStream{wake: make(chan struct{}, 1), end: func(err error) { cause = err }}
	out.send("n", make([]byte, maxStreamBytes+1)) // alone it may wait
	if cause != nil {
		t.Fatalf("a large event alone: %v", cause)
	}
	out.next()
	out.send("n", make([]byte, maxStreamBytes-1))
	out.send("n", make([]byte, 1))
	if cause != nil {
		t.Fatalf("dropped at the limit: %v", cause)
	}
	out.send("n", make([]byte, 1))
	if !errors.Is(cause, errSlowClient) {
		t.Errorf("one byte past the limit: %v", cause)
	}
}

func TestALaterEventTakesTheOutdatedOnesPlace(t *testing.T) {
	out := &eventStream{wake: make(chan struct{}, 1), end: func(err error) { t.Error(err) }}
	for i := range 10 * maxStreamEvents {
		out.sendLatest("chart", "a", fmt.Append(nil, i))
		out.sendLatest("chart", "b", []byte("b"))
	}
	first, _ := out.next()
	second, _ := out.next()
	if _, more := out.next(); more || string(first.data) != fmt.Sprint(10*maxStreamEvents-1) || string(second.data) != "b" {
		t.Errorf("%q, %q, more %v", first.data, second.data, more)
	}
}

func TestAQuietStreamIsKeptAlive(t *testing.T) {
	s := newStreams(1)
	s.keepAlive = 5 * time.Millisecond
	enough := make(chan struct{})
	url := serveStreams(t, s, func(context.Context, *eventStream) { <-enough })
	c := openLive(t, url)
	for c.comments < 3 && c.lines.Scan() {
		if strings.HasPrefix(c.lines.Text(), ":") {
			c.comments++
		}
	}
	close(enough)
	if c.comments < 3 {
		t.Errorf("%d comments", c.comments)
	}
}
