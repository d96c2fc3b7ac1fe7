package expression

import "github.com/penstock/penstock/internal/document"

// Kind says what a Result is.
type Kind uint8

// The kinds of results.
const (
	Null   Kind = iota
	Bool        // Result.Bool
	Number      // Result.Bytes: a JSON number's text; a computed one is in plain digits, as -12.30
	Text        // Result.Bytes: UTF-8, unescaped. Timestamps are RFC 3339 in UTC
	JSON        // Result.Bytes: the JSON text of a list or object
)

// Result is what an expression gave.
type Result struct {
	Kind  Kind
	Bool  bool
	Bytes []byte
	// Document is the part of the event that is the result, where the expression selected one
	// unchanged (event.a.b); else Missing.
	Document document.Value
}
