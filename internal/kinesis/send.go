package kinesis

import (
	"net/http"
	"time"
)

// An answer that its client does not take is given up, as it holds memory of the budget: each piece of it has
// takePatience, and the whole answerTimeout.
const (
	takePatience = 10 * time.Second
	takePiece    = 256 << 10
)

// send writes the body of an answer.
func (x *exchange) send(body []byte) error {
	control := http.NewResponseController(x.w)
	latest := time.Now().Add(answerTimeout)
	for {
		until := time.Now().Add(x.server.takePatience)
		if until.After(latest) {
			until = latest
		}
		_ = control.SetWriteDeadline(until) // it fails where there is no connection to wait for
		n, err := x.w.Write(body[:min(len(body), takePiece)])
		if err != nil {
			return err
		}
		if body = body[n:]; len(body) > 0 {
			continue
		}
		if x.r.ProtoMajor < 2 {
			return nil // its connection has no other request meanwhile
		}
		return control.Flush() // the request is under way until the client takes this
	}
}
