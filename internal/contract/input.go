package contract

import (
	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/expression"
)

// input is a value on its way into a column: a part of the event, or what an expression made of it. One
// is filled again and again, so a field means something for its kinds only.
type input struct {
	kind inputKind
	// bytes are a number's text, a text's characters, or the JSON of an array or object.
	bytes []byte
	truth bool
	// part is where in the event the value is; Missing for a computed one. problem is its TextProblem.
	part    document.Value
	problem document.Problem
}

type inputKind uint8

const (
	absent inputKind = iota // missing or null
	boolean
	numeric
	textual
	composite // array or object
)

// setPart makes the input a part of the event.
func (in *input) setPart(v document.Value) {
	var kind document.Kind
	in.part = v
	kind, in.bytes, in.problem = v.Content()
	switch kind {
	case document.Bool:
		in.kind, in.truth = boolean, in.bytes[0] == 't'
	case document.Number:
		in.kind = numeric
	case document.String:
		in.kind = textual
	case document.Array, document.Object:
		in.kind = composite
	default:
		in.kind = absent
	}
}

// setResult makes the input what an expression gave.
func (in *input) setResult(r *expression.Result) {
	if r.Document.Exists() {
		in.setPart(r.Document)
		return
	}
	in.part, in.problem, in.bytes, in.truth = document.Value{}, 0, r.Bytes, r.Bool
	switch r.Kind {
	case expression.Bool:
		in.kind = boolean
	case expression.Number:
		in.kind = numeric
	case expression.Text:
		in.kind = textual
	case expression.JSON:
		in.kind = composite
	default:
		in.kind = absent
	}
}

// refusal is why a text cannot be stored, or nil. Expressions refuse such texts themselves.
func (in *input) refusal() *refusal {
	switch {
	case in.problem == 0:
		return nil
	case in.problem&document.HoldsNUL != 0:
		return holdsNUL
	}
	return holdsSurrogate
}
