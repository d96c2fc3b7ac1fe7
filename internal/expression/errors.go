package expression

import "fmt"

// CompileError lists everything found wrong with an expression, in the order of the text.
type CompileError struct {
	Problems []Problem
}

// Problem is one fault at one place of an expression.
type Problem struct {
	// Line and Column count from 1, Column in characters.
	Line, Column int
	// Message says what is wrong, Hint what to write instead (may be empty).
	Message, Hint string
}

func (e *CompileError) Error() string {
	text := ""
	for i, p := range e.Problems {
		if i > 0 {
			text += "\n"
		}
		text += fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message)
		if p.Hint != "" {
			text += "; " + p.Hint
		}
	}
	return text
}

// Fault is the kind of an EvalError.
type Fault uint8

// The faults.
const (
	// MissingField: the event has no such field. EvalError.Field names it.
	MissingField Fault = iota + 1
	// WrongType: an operator or function met a value it is not for.
	WrongType
	// OutOfRange: division by zero, an index outside a list, a number with too many digits or too
	// large an exponent, a text that is no number.
	OutOfRange
	// InvalidText: a string of the event holds a lone surrogate, so has no exact text, or the
	// resulting text holds NUL.
	InvalidText
	// TooCostly: the evaluation was stopped at its cost limit.
	TooCostly
)

// EvalError says why an expression has no result for an event.
type EvalError struct {
	Fault Fault
	// Field is the path of the field it is about, such as "customer.id", if it is about one.
	Field string
	// Message is for people and holds no content of the event beyond field names.
	Message string
}

func (e *EvalError) Error() string { return e.Message }

var (
	errLoneSurrogate = &EvalError{Fault: InvalidText, Message: "the text holds a lone UTF-16 surrogate, half a character"}
	errNUL           = &EvalError{Fault: InvalidText, Message: "the text holds the character NUL (\\u0000)"}
)
