package expression

import "github.com/penstock/penstock/internal/document"

// MaxLength is the longest expression Compile takes, in bytes.
const MaxLength = 16 << 10

// Program is a compiled expression. It is immutable and may be shared between goroutines.
type Program struct{}

// Compile reads and checks an expression. The error is a *CompileError.
func Compile(source string) (*Program, error) { return &Program{}, nil }

// Source is the text the program was compiled from.
func (p *Program) Source() string { return "" }

// AlwaysBool reports whether the result is certainly a boolean, if there is one. False for an
// expression whose type depends on the event; CertainlyNotBool tells the rest apart.
func (p *Program) AlwaysBool() bool { return false }

// NeverBool reports whether the result is certainly no boolean, so that it cannot be a match.
func (p *Program) NeverBool() bool { return false }

// Bool runs the program on event as a condition. An error means that it has no answer (a missing
// field, a type that does not fit), which a match takes for "no". Errors are those of Value; one
// that says the result is no boolean is of kind WrongType.
//
// It allocates nothing where the program is of the common kind.
func (p *Program) Bool(event document.Value, scratch *Scratch) (bool, error) { return false, nil }

// Value runs the program on event. The error is an *EvalError. The result's bytes belong to
// scratch, or to the event, and are valid until either is used for the next event.
func (p *Program) Value(event document.Value, scratch *Scratch) (Result, error) {
	return Result{}, nil
}

// Requires lists what must hold for Bool to be true. It may be empty, and never says too much: an event
// that fails one of them gives false or an error.
func (p *Program) Requires() []Requirement { return nil }

// Fields lists the top-level fields of the event the program names, sorted. whole tells that it
// also uses the event itself (event[x], size(event)), so any field may matter.
func (p *Program) Fields() (names []string, whole bool) { return nil, false }

// Requirement is a condition on an event.
type Requirement struct {
	// Path leads from the event to a value that must exist (null counts as existing).
	Path []string
	// Equals is the text the value must be, if HasEquals.
	Equals    string
	HasEquals bool
}

// Scratch is memory that programs write results into. It belongs to one goroutine at a time. The
// zero Scratch is ready.
type Scratch struct{}

// Reset takes back everything written so far. Call it before each event.
func (s *Scratch) Reset() {}
