package kinesis

import (
	"errors"
	"io"
	"net/http"
	"os"
)

// firstRead is the memory a request gets before it has sent anything, whatever length it claims.
const firstRead = mib

// readBody reads the request's body into the scratch. Memory is asked for as the bytes arrive, so
// that a client which promises much and sends nothing holds little.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, sc *scratch) *failure {
	if r.ContentLength > maxBodyBytes {
		return tooLarge(w)
	}
	size := int64(64 << 10)
	if r.ContentLength >= 0 {
		size = min(r.ContentLength+1, firstRead)
	}
	for sc.body = sc.body[:0]; ; size *= 2 {
		size = min(size, maxBodyBytes+1)
		if !sc.grant.raise(r.Context(), size+int64(blobSpace(int(size)))) {
			w.Header().Set("Connection", "close") // the rest of the body is not waited for
			return s.outOfMemory()
		}
		if int64(cap(sc.body)) < size {
			sc.body = append(make([]byte, 0, size), sc.body...)
		}
		done, err := fill(r.Body, &sc.body)
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

// fill reads until the buffer is full or the body ends.
func fill(body io.Reader, buf *[]byte) (done bool, err error) {
	for len(*buf) < cap(*buf) {
		n, err := body.Read((*buf)[len(*buf):cap(*buf)])
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
