package contract

import (
	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/expression"
)

// input is a value on its way into a column: a part of the event, or what an expression made of it.
type input struct {
	kind inputKind
	// bytes are a number's text, a text's characters, or the JSON of an array or object.
	bytes []byte
	truth bool
	// part is where in the event the value is; Missing for a computed one.
	part document.Value
}

type inputKind uint8

const (
	absent inputKind = iota // missing or null
	boolean
	numeric
	textual
	composite // array or object
)

// partInput is a part of the event.
func partInput(v document.Value) input {
	switch v.Kind() {
	case document.Bool:
		return input{kind: boolean, truth: v.Bool(), part: v}
	case document.Number:
		return input{kind: numeric, bytes: v.Number(), part: v}
	case document.String:
		return input{kind: textual, bytes: v.Text(), part: v}
	case document.Array, document.Object:
		return input{kind: composite, bytes: v.Raw(), part: v}
	}
	return input{}
}

// resultInput is what an expression gave.
func resultInput(r expression.Result) input {
	if r.Document.Exists() {
		return partInput(r.Document)
	}
	switch r.Kind {
	case expression.Bool:
		return input{kind: boolean, truth: r.Bool}
	case expression.Number:
		return input{kind: numeric, bytes: r.Bytes}
	case expression.Text:
		return input{kind: textual, bytes: r.Bytes}
	case expression.JSON:
		return input{kind: composite, bytes: r.Bytes}
	}
	return input{}
}

// problem is why a text cannot be stored, or nil. Expressions refuse such texts themselves.
func (in input) problem() *refusal {
	switch p := in.part.TextProblem(); {
	case p == 0:
		return nil
	case p&document.HoldsNUL != 0:
		return holdsNUL
	}
	return holdsSurrogate
}
