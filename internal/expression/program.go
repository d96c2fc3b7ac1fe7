package expression

import (
	"bytes"

	"cel.dev/cel-go/cel"

	"github.com/penstock/penstock/internal/document"
)

// MaxLength is the longest expression Compile takes, in bytes.
const MaxLength = 16 << 10

// Program is a compiled expression. It is immutable and may be shared between goroutines.
type Program struct {
	source string
	output *cel.Type
	// full runs every expression. The others are nil where the expression is not of their kind.
	full cel.Program
	// path is the whole expression, if it only selects a part of the event.
	path *path
	// truth and value run common expressions without allocating.
	truth truthFunc
	value valueFunc
	// number is value, where that is certainly a number: there is less to hand around.
	number numberFunc

	fields    []string
	whole     bool
	requires  []Requirement
	constants map[string]bool
}

// Source is the text the program was compiled from.
func (p *Program) Source() string { return p.source }

// AlwaysBool reports whether the result is certainly a boolean, if there is one. It is false for
// an expression whose type depends on the event; NeverBool tells the rest apart.
func (p *Program) AlwaysBool() bool { return p.output.IsExactType(cel.BoolType) }

// NeverBool reports whether the result is certainly no boolean, so that it cannot be a match.
func (p *Program) NeverBool() bool { return !p.AlwaysBool() && !p.output.IsExactType(cel.DynType) }

// Requires lists what must hold for Bool to be true. It may be empty, and never says too much: an
// event that fails one of them gives false or an error.
func (p *Program) Requires() []Requirement { return p.requires }

// Fields lists the top-level fields of the event the program names, sorted. whole tells that it
// also uses the event in another way (event[x], size(event)), so any field may matter.
func (p *Program) Fields() (names []string, whole bool) { return p.fields, p.whole }

// Bool runs the program on event as a condition. An error means that it has no answer (a missing
// field, a type that does not fit), which a match takes for "no". It is an *EvalError; one that
// says the result is no boolean has the fault WrongType.
//
// It allocates nothing where the program is of the common kind.
func (p *Program) Bool(event document.Value, scratch *Scratch) (bool, error) {
	if p.truth != nil {
		scratch.event = event
		if is, err := p.truth(scratch); err == nil {
			return is, nil
		} else if err != errNeedsFull {
			return false, err
		}
	}
	result, err := p.runFull(event)
	switch {
	case err != nil:
		return false, err
	case result.Kind != Bool:
		return false, errNoBool
	}
	return result.Bool, nil
}

var errNoBool = wrongType("the result is not true or false")

// Value runs the program on event. The error is an *EvalError. The result's bytes belong to
// scratch, or to the event, and are valid until either is used for the next event.
func (p *Program) Value(event document.Value, scratch *Scratch) (Result, error) {
	if p.path != nil {
		return p.selected(event)
	}
	if p.number != nil {
		scratch.event = event
		n, err := p.number(scratch)
		if err == nil {
			from := len(scratch.text)
			scratch.text = n.append(scratch.text)
			return Result{Kind: Number, Bytes: scratch.text[from:]}, nil
		}
		if err != errNeedsFull {
			return Result{}, err
		}
	} else if p.value != nil {
		scratch.event = event
		v, err := p.value(scratch)
		if err == nil {
			return checked(v.result(scratch))
		}
		if err != errNeedsFull {
			return Result{}, err
		}
	}
	result, err := p.runFull(event)
	if err != nil {
		return Result{}, err
	}
	return checked(result)
}

// selected is the result of a program that is only a path.
func (p *Program) selected(event document.Value) (Result, error) {
	v, err := p.path.find(event)
	if err != nil {
		return Result{}, err
	}
	r := Result{Document: v}
	switch v.Kind() {
	case document.Null:
		r.Kind = Null
	case document.Bool:
		r.Kind, r.Bool = Bool, v.Bool()
	case document.Number:
		r.Kind, r.Bytes = Number, v.Number()
	case document.String:
		switch problem := v.TextProblem(); {
		case problem&document.HoldsLoneSurrogate != 0:
			return Result{}, p.path.blame(errLoneSurrogate)
		case problem&document.HoldsNUL != 0:
			return Result{}, p.path.blame(errNUL)
		}
		r.Kind, r.Bytes = Text, v.Text()
	default:
		r.Kind, r.Bytes = JSON, v.Raw()
	}
	return r, nil
}

// checked refuses a text that a warehouse cannot hold.
func checked(r Result) (Result, error) {
	if r.Kind == Text && bytes.IndexByte(r.Bytes, 0) >= 0 {
		return Result{}, errNUL
	}
	return r, nil
}

// Scratch is memory that programs write results into. It belongs to one goroutine at a time. The
// zero Scratch is ready.
type Scratch struct {
	event document.Value
	text  []byte
}

// keepText is how much memory a Scratch keeps from one event to the next.
const keepText = 1 << 20

// Reset takes back everything written so far. Call it before each event.
func (s *Scratch) Reset() {
	if cap(s.text) > keepText {
		s.text = nil
	}
	s.event, s.text = document.Value{}, s.text[:0]
}
