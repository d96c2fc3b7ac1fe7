package document

// Kind says what a Value is.
type Kind uint8

// The kinds. The zero Value is Missing.
const (
	Missing Kind = iota // there is no such field or element
	Null
	Bool
	Number
	String
	Array
	Object
)

// String is the kind's name in messages to people.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "boolean"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Object:
		return "object"
	}
	return "missing"
}

// Problem says why a string, though valid JSON, is not a text a warehouse can hold.
type Problem uint8

// The problems; a string may have both. They are bits of a set.
const (
	// HoldsNUL: the string holds U+0000 (written \u0000).
	HoldsNUL Problem = 1 << iota
	// HoldsLoneSurrogate: the string holds half of a UTF-16 pair, which is no character. Text
	// shows U+FFFD in its place.
	HoldsLoneSurrogate
)

// String describes the problem to a person; it is empty when there is none.
func (p Problem) String() string {
	switch p {
	case HoldsNUL:
		return "it holds the character NUL (\\u0000)"
	case HoldsLoneSurrogate:
		return "it holds a lone UTF-16 surrogate, half a character"
	case HoldsNUL | HoldsLoneSurrogate:
		return "it holds the character NUL (\\u0000) and a lone UTF-16 surrogate"
	}
	return ""
}
