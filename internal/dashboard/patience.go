package dashboard

import (
	"net/http"
	"time"
)

// writeTime is how long a client may take to receive one piece of an answer. Making the answer may take longer: a
// redrive does.
const writeTime = 30 * time.Second

// patient gives each write its own deadline, so that a client that reads nothing holds no connection, and no
// query, for ever. A handler that sets deadlines itself, as live views do, keeps its own.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	limit   time.Duration
	own     bool
}

func newPatient(w http.ResponseWriter, limit time.Duration) *patient {
	p := &patient{ResponseWriter: w, control: http.NewResponseController(w), limit: limit}
	_ = p.control.SetWriteDeadline(time.Time{}) // what an earlier request of the connection left
	return p
}

// Unwrap lets http.ResponseController reach what the connection can do besides.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// SetWriteDeadline makes deadlines the handler's own matter.
func (p *patient) SetWriteDeadline(at time.Time) error {
	p.own = true
	return p.control.SetWriteDeadline(at)
}

func (p *patient) Write(piece []byte) (int, error) {
	p.extend()
	return p.ResponseWriter.Write(piece)
}

// FlushError is what http.ResponseController calls to flush.
func (p *patient) FlushError() error {
	p.extend()
	return p.control.Flush()
}

func (p *patient) extend() {
	if !p.own {
		_ = p.control.SetWriteDeadline(time.Now().Add(p.limit)) // a test's recorder has no deadlines
	}
}
