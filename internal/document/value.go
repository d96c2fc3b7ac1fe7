package document

import "iter"

// Value is one part of a parsed document: a small handle to copy freely. All methods may be called
// on any Value; what does not apply to its Kind answers Missing, 0, false or nil.
type Value struct{}

// Kind says what the value is; Missing for the zero Value.
func (v Value) Kind() Kind { return Missing }

// Exists reports whether there is a value at all, null included.
func (v Value) Exists() bool { return v.Kind() != Missing }

// Get is the object's field of that name, the last one if the name repeats; else Missing.
func (v Value) Get(name string) Value { return Value{} }

// Index is the array's i-th element, from 0; Missing outside. It steps over those before it.
func (v Value) Index(i int) Value { return Value{} }

// Len is the number of elements of an array, or of fields of an object, repeated names included.
func (v Value) Len() int { return 0 }

// Items walks an array's elements.
func (v Value) Items() iter.Seq[Value] { return func(func(Value) bool) {} }

// Fields walks an object's fields in the order sent, repeated names included. The first value of
// the pair is the name: a String.
func (v Value) Fields() iter.Seq2[Value, Value] { return func(func(Value, Value) bool) {} }

// Text is a string's characters, unescaped, valid UTF-8; a lone surrogate became U+FFFD. It does
// not allocate. It must not be changed and is valid until the next Parse.
func (v Value) Text() []byte { return nil }

// TextProblem says whether a string, or any string or field name inside an array or object, holds
// what a warehouse cannot. 0 is none.
func (v Value) TextProblem() Problem { return 0 }

// Number is a number's text exactly as sent, such as "-1.50e3".
func (v Value) Number() []byte { return nil }

// Int64 is a number written as a plain integer (no fraction, no exponent) that fits; -0 is 0.
func (v Value) Int64() (n int64, ok bool) { return 0, false }

// Bool is a boolean's value.
func (v Value) Bool() bool { return false }

// Raw is the value's JSON text exactly as sent, without the space around it.
func (v Value) Raw() []byte { return nil }
