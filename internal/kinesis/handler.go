package kinesis

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/penstock/penstock/internal/connection"
)

// exchange is one request on its way to its answer.
type exchange struct {
	server  *Server
	w       http.ResponseWriter
	r       *http.Request
	scratch *scratch
	codec   codec // nil until the request's format is known
	id      string
	// status is that of the answer.
	status int
}

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	room, leave := s.crowd.Enter(r.Context())
	defer leave()
	if room == connection.Overfull {
		panic(http.ErrAbortHandler)
	}
	x := &exchange{server: s, w: w, r: r, scratch: s.takeScratch(), id: uuid.NewString()}
	defer s.giveScratch(x.scratch)
	if s.cfg.Observe != nil {
		defer x.observe(s.cfg.Now())
	}
	defer x.recover()
	x.setHeaders()
	var fault *failure
	if room == connection.Full {
		fault = x.unread(crowded())
	} else {
		fault = x.serve()
	}
	if fault != nil {
		x.refuse(fault)
	}
}

// unread is a failure that leaves the request's body where it is.
func (x *exchange) unread(fault *failure) *failure {
	if x.r.ContentLength != 0 && x.r.ProtoMajor < 2 { // HTTP/2 ends the stream alone
		x.w.Header().Set("Connection", "close") // the rest of the body is not waited for
	}
	return fault
}

func crowded() *failure {
	return failf("ProvisionedThroughputExceededException", "Rate exceeded: too many requests are under way. Slow down and try again.")
}

// observe tells about the answer; began is when the request's header had arrived.
func (x *exchange) observe(began time.Time) {
	name, _ := strings.CutPrefix(x.r.Header.Get("X-Amz-Target"), targetPrefix)
	x.server.cfg.Observe(Answered{Operation: name, Status: x.status, Took: x.server.cfg.Now().Sub(began)})
}

// serve goes through the checks in the order in which AWS makes them.
func (x *exchange) serve() *failure {
	if fault := refuseBrowser(x.r); fault != nil {
		return fault
	}
	if x.r.Method != http.MethodPost {
		return noOperation()
	}
	target := x.r.Header.Get("X-Amz-Target")
	mediaType, _, _ := strings.Cut(x.r.Header.Get("Content-Type"), ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	x.codec = codecs[mediaType]
	signed, fault := x.server.verifier.identify(x.r)
	if fault != nil {
		return x.unread(fault)
	}
	if fault := x.server.readBody(x.w, x.r, x.scratch); fault != nil {
		return fault
	}
	name, ours := strings.CutPrefix(target, targetPrefix)
	if !ours {
		name = ""
	}
	if len(x.scratch.body) == 0 {
		return emptyBody(name)
	}
	if x.codec == nil {
		return x.unknownFormat(target, mediaType)
	}
	op, fault := x.operation(name)
	if fault == nil {
		fault = signed.verify(x.r, x.scratch.body)
	}
	if fault != nil {
		// A body that cannot be read at all is what AWS complains about first.
		if broken := wellFormed(x.codec, x.scratch); broken != nil {
			return broken
		}
		return fault
	}
	return x.run(op, name)
}

// run reads the request, checks it, does it and answers.
func (x *exchange) run(op operation, name string) *failure {
	if fault := x.read(op); fault != nil {
		return fault
	}
	var v violations
	op.check(&v)
	if fault := v.failure(); fault != nil {
		return fault
	}
	out := x.codec.writer(x.scratch.out[:0])
	if err := op.run(x.r.Context(), x.server, out); err != nil {
		return x.explain(err, name)
	}
	x.scratch.out = out.bytes()
	x.answer(http.StatusOK, x.codec.contentType(), x.scratch.out)
	return nil
}

// read takes the members of the request into op.
func (x *exchange) read(op operation) *failure {
	r := newReader(x.codec, x.scratch)
	if r.object() {
		for name, more := r.field(); more; name, more = r.field() {
			op.field(name, r)
		}
	} else if r.end() == nil {
		return serialization("The body must be a structure")
	}
	fault := r.end()
	if encoding := x.r.Header.Get("Content-Encoding"); fault != nil && encoding != "" {
		return serialization("The body has the Content-Encoding %s, which Kinesis does not undo: send it as it is.", clip([]byte(encoding)))
	}
	return fault
}

// wellFormed reads a body without looking at what it says.
func wellFormed(c codec, sc *scratch) *failure {
	r := newReader(c, sc)
	r.skip()
	return r.end()
}

func newReader(c codec, sc *scratch) reader {
	sc.arena = sized(sc.arena, blobSpace(len(sc.body)))
	return c.reader(sc.body, sc.arena)
}

// explain turns an operation's error into an answer. The cause of a fault of ours is logged here,
// because the client must not see it.
func (x *exchange) explain(err error, operation string) *failure {
	var known *failure
	if errors.As(err, &known) {
		return known
	}
	if x.r.Context().Err() == nil {
		x.server.logger.Error("a Kinesis request failed", "operation", operation, "request", x.id, "error", err)
	}
	return internalFailure()
}

func (x *exchange) refuse(fault *failure) {
	if fault.status == http.StatusForbidden || fault.status == http.StatusNotFound || x.codec == nil {
		x.refuseUnread(fault)
		return
	}
	out := x.codec.writer(x.scratch.out[:0])
	fault.write(out)
	x.scratch.out = out.bytes()
	x.answer(fault.httpStatus(), x.codec.contentType(), x.scratch.out)
}

// refuseUnread answers a request whose format we do not know: as AWS does, in XML where it came
// to nothing that looks like Kinesis, otherwise in JSON. The headers are what some SDKs read
// before the body.
func (x *exchange) refuseUnread(fault *failure) {
	if fault.coral {
		x.answer(fault.status, coralContentType, fault.coralBody())
		return
	}
	if fault.status == http.StatusForbidden || fault.status == http.StatusNotFound {
		x.answer(fault.status, "text/xml", fault.xml())
		return
	}
	h := x.w.Header()
	h["x-amzn-ErrorType"] = []string{fault.code}
	h["x-amzn-error-message"] = []string{fault.message}
	out := jsonCodec{}.writer(x.scratch.out[:0])
	fault.write(out)
	x.answer(fault.httpStatus(), jsonContentType, out.bytes())
}

// setHeaders sets what every answer carries, spelled as AWS spells it.
func (x *exchange) setHeaders() {
	var id2 [72]byte
	_, _ = rand.Read(id2[:]) // it never fails
	h := x.w.Header()
	h["x-amzn-RequestId"] = []string{x.id}
	h["x-amz-id-2"] = []string{base64.StdEncoding.EncodeToString(id2[:])}
}

func (x *exchange) answer(status int, contentType string, body []byte) {
	h := x.w.Header()
	h["Content-Type"] = []string{contentType}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	x.status = status
	x.w.WriteHeader(status)
	if err := x.send(body); err != nil {
		x.scratch.lost = true // HTTP/2 may still hold on to a part of it
	}
}

// recover answers a request that our own code failed on, and keeps the process alive.
func (x *exchange) recover() {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	x.scratch.lost = true // its state is unknown
	x.server.logger.Error("a Kinesis request failed", "request", x.id, "panic", p, "stack", string(debug.Stack()))
	x.refuse(internalFailure())
}
