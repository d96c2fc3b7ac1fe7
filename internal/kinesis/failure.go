package kinesis

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/penstock/penstock/internal/event"
)

// failure is an answer that is not a success, in AWS's words.
type failure struct {
	// status is the HTTP status; 0 means 400.
	status int
	// code is the exception's name.
	code    string
	message string
	// coral: the answer is to application/json, in a shape of its own.
	coral bool
}

func (f *failure) Error() string { return f.code + ": " + f.message }

// httpStatus is the status to answer with.
func (f *failure) httpStatus() int {
	if f.status == 0 {
		return http.StatusBadRequest
	}
	return f.status
}

func failf(code, format string, args ...any) *failure {
	return &failure{code: code, message: fmt.Sprintf(format, args...)}
}

func invalidArgument(format string, args ...any) *failure {
	return failf("InvalidArgumentException", format, args...)
}

func serialization(format string, args ...any) *failure {
	return failf("SerializationException", format, args...)
}

// messageMember is the name of the message in the answer: AWS writes it in capitals where its
// parser, and not the service, refused a request.
func (f *failure) messageMember() string {
	if f.code == "SerializationException" {
		return "Message"
	}
	return "message"
}

// write puts the failure into an answer.
func (f *failure) write(w writer) {
	w.object()
	w.field("__type")
	w.text(f.code)
	if f.message != "" {
		w.field(f.messageMember())
		w.text(f.message)
	}
	w.end()
}

// xml is the answer to a request that never got to an operation.
func (f *failure) xml() []byte {
	if f.message == "" {
		return fmt.Appendf(nil, "<%s/>\n", f.code)
	}
	return fmt.Appendf(nil, "<%s>\n  <Message>%s</Message>\n</%[1]s>\n", f.code, f.message)
}

// streamNotFound is AWS's text for a stream that is not there.
func (s *Server) streamNotFound(name string) *failure {
	return failf("ResourceNotFoundException", "Stream %s under account %s not found.", name, s.cfg.AccountID)
}

func (s *Server) shardNotFound(stream string, shard int) *failure {
	return failf("ResourceNotFoundException", "Shard %s in stream %s under account %s does not exist",
		event.ShardID(shard), stream, s.cfg.AccountID)
}

// throttled is AWS's text for a shard that takes no more, followed by our reason, if we have one.
func (s *Server) throttled(stream string, shard int, err error) *failure {
	return failf("ProvisionedThroughputExceededException", "Rate exceeded for shard %s in stream %s under account %s.%s",
		event.ShardID(shard), stream, s.cfg.AccountID, told(err))
}

// told is what an error tells a person, as one more sentence, or nothing.
func told(err error) string {
	if known := new(event.Error); errors.As(err, &known) {
		return " " + known.Message + "."
	}
	return ""
}

// streamError words what the log said about a stream as AWS does. What it does not know it passes
// on, to be logged and answered as an internal failure.
func (s *Server) streamError(err error, stream string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, event.ErrNotFound):
		return s.streamNotFound(stream)
	case errors.Is(err, event.ErrExists):
		return s.streamExists(stream)
	case errors.Is(err, event.ErrInUse):
		return failf("ResourceInUseException", "Stream %s under account %s is in use by a pipeline and cannot be deleted.", stream, s.cfg.AccountID)
	case errors.Is(err, event.ErrThrottled):
		return failf("ProvisionedThroughputExceededException", "Rate exceeded for stream %s under account %s.%s", stream, s.cfg.AccountID, told(err))
	}
	var known *failure
	if errors.As(err, &known) {
		return known
	}
	return fmt.Errorf("stream %s: %w", stream, err)
}

func (s *Server) streamExists(stream string) *failure {
	return failf("ResourceInUseException", "Stream %s under account %s already exists.", stream, s.cfg.AccountID)
}

// internalFailure is a fault of ours; SDKs try again.
func internalFailure() *failure {
	return &failure{status: http.StatusInternalServerError, code: "InternalFailure", message: "Internal Service Failure"}
}
