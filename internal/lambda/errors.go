package lambda

import "fmt"

// Kind says what went wrong with an invocation.
type Kind string

const (
	// FunctionFailed: the function was invoked and answered with an error, or ended without an answer.
	FunctionFailed Kind = "function_failed"
	// TimedOut: the function did not answer within its timeout.
	TimedOut Kind = "timed_out"
	// Throttled: an endpoint elsewhere takes no more invocations just now.
	Throttled Kind = "throttled"
	// TooLarge: the payload is larger than Lambda takes.
	TooLarge Kind = "too_large"
	// Denied: an endpoint elsewhere refuses the caller.
	Denied Kind = "denied"
	// NotFound: an endpoint elsewhere has no such function.
	NotFound Kind = "not_found"
	// Unavailable: an endpoint elsewhere cannot be reached, or fails itself.
	Unavailable Kind = "unavailable"
)

// Error is a failed invocation.
type Error struct {
	Kind Kind
	// Type is what Lambda calls errorType, such as "Runtime.ExitError" or the name of an exception.
	Type string
	// Message is what Lambda calls errorMessage.
	Message string
	// Output is the last that the function printed; empty if it runs elsewhere.
	Output string
}

func (e *Error) Error() string {
	text := e.Message
	if e.Type != "" {
		text = fmt.Sprintf("%s: %s", e.Type, e.Message)
	}
	if e.Output != "" {
		text += "\n" + e.Output
	}
	return text
}
