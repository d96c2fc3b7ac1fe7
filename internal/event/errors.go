package event

import "errors"

// Error is a failure a person reads: what happened, and what to do about it.
type Error struct {
	// Code is stable and machine-readable, in snake_case.
	Code string
	// Message says what is wrong, without a trailing full stop.
	Message string
	// Hint says what to do; it may be empty.
	Hint string
	// Err is the cause, if there is one.
	Err error
}

func (e *Error) Error() string {
	text := e.Message
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Hint != "" {
		text += "\n  " + e.Hint
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Sentinels that cross packages; test with errors.Is.
var (
	// ErrThrottled: the pipeline cannot take more now (disk at its reserve, too much waiting for
	// delivery); nothing was stored and the caller may try again after a pause.
	ErrThrottled = errors.New("the pipeline is not taking more events right now")
	// ErrNotFound: no such stream or shard.
	ErrNotFound = errors.New("not found")
	// ErrExists: a stream of that name exists.
	ErrExists = errors.New("exists already")
	// ErrInUse: the stream belongs to a pipeline and cannot be deleted.
	ErrInUse = errors.New("in use by a pipeline")
	// ErrFenced: somebody else changed the state this caller worked from; it must stop.
	ErrFenced = errors.New("another worker has taken over")
	// ErrConflict: a compare-and-set met another revision than the expected one.
	ErrConflict = errors.New("the revision is not the expected one")
)
