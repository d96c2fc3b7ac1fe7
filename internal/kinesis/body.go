package kinesis

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// firstRead is the memory a request gets before it has sent anything, whatever length it claims. It is
// doubled whenever it is full.
const firstRead = 16 << 10

// A body that stands still is not waited for: it has stallPatience, and a second more for every
// leastRate bytes of memory it gets. That is a hundredth of what the slowest service's network does.
const (
	stallPatience = 5 * time.Second
	leastRate     = 16 << 10
)

// readBody reads the request's body into the scratch. Memory is asked for as the bytes arrive, so
// that a client which promises much and sends nothing holds little, and not for long.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, sc *scratch) *failure {
	if r.ContentLength > maxBodyBytes {
		return tooLarge(w)
	}
	const most = maxBodyBytes + 1 // one past the limit, to see that it is passed
	claimed := int64(most)
	if r.ContentLength >= 0 {
		claimed = r.ContentLength + 1
	}
	patience := newPatience(w, s.stallPatience)
	defer patience.end()
	sc.body = sc.body[:0]
	for size := min(firstRead, claimed); ; size = grown(size, claimed, most) {
		if !sc.grant.raise(r.Context(), size+int64(blobSpace(int(size)))) {
			w.Header().Set("Connection", "close") // the rest of the body is not waited for
			return s.outOfMemory()
		}
		if int64(cap(sc.body)) < size {
			sc.body = append(make([]byte, 0, size), sc.body...)
		}
		patience.wait(size)
		done, err := fill(r.Body, &sc.body, int(size))
		switch {
		case err != nil:
			return brokenBody(w, err)
		case len(sc.body) > maxBodyBytes:
			return tooLarge(w)
		case done:
			return nil
		}
	}
}

// grown is the next size of a body's buffer: doubled, but no further than to what the client claims, unless
// there is more than that.
func grown(size, claimed, most int64) int64 {
	if size < claimed {
		return min(2*size, claimed)
	}
	return min(2*size, most)
}

// patience is until when a body is waited for.
type patience struct {
	control *http.ResponseController
	began   time.Time
	base    time.Duration
	until   time.Time
}

func newPatience(w http.ResponseWriter, base time.Duration) *patience {
	return &patience{control: http.NewResponseController(w), began: time.Now(), base: base}
}

// wait says that so many bytes of the body are waited for.
func (p *patience) wait(bytes int64) {
	until := p.began.Add(min(p.base+time.Duration(bytes)*time.Second/leastRate, requestTimeout))
	if until.Sub(p.until) < p.base/4 {
		return // moving the deadline has its price too
	}
	p.until = until
	// It fails where there is no connection to wait for.
	_ = p.control.SetReadDeadline(until)
}

// end lets the connection wait for the next request as long as it may.
func (p *patience) end() { _ = p.control.SetReadDeadline(time.Time{}) }

// fill reads until the buffer has size bytes or the body ends.
func fill(body io.Reader, buf *[]byte, size int) (done bool, err error) {
	for len(*buf) < size {
		n, err := body.Read((*buf)[len(*buf):size])
		*buf = (*buf)[:len(*buf)+n]
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

func tooLarge(w http.ResponseWriter) *failure {
	w.Header().Set("Connection", "close")
	return &failure{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLargeException",
		message: "The request is larger than 16 MiB; PutRecords takes 10 MiB of data."}
}

// brokenBody answers a body that did not arrive as HTTP promised. Mostly nobody is there any more
// to read it; SDKs try again after the time-out, and not after the other answer.
func brokenBody(w http.ResponseWriter, err error) *failure {
	w.Header().Set("Connection", "close")
	if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, os.ErrDeadlineExceeded) {
		return serialization("The body of the request cannot be read: %v", err)
	}
	return &failure{status: http.StatusRequestTimeout, code: "RequestTimeoutException",
		message: "The body of the request did not arrive: " + err.Error()}
}
