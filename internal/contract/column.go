package contract

import (
	"regexp"
	"time"

	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/expression"
)

// MaxValueBytes is the longest text a column holds: what Snowflake's VARCHAR does.
const MaxValueBytes = 16 << 20

// column is a compiled column: where its value comes from, how it is converted, what it must be.
type column struct {
	name string
	typ  Type
	// source is what Detail calls the value's origin: the column's name, a path or "value".
	source string

	// program computes the value. Without one it is at rest below the event's field in slot, or, if
	// slot is negative, below the event itself.
	program *expression.Program
	slot    int
	rest    document.Path
	nested  bool // rest has steps

	required    bool
	emptyAsNull bool
	fallback    *Value // default

	rounding rounding
	layouts  []layout
	unit     int // exponent of ten of an epoch's unit; undeclaredUnits without one
	zone     *time.Location

	bounds bounds
	checks textChecks
	enum   *enum

	privacy privacy
	salt    []byte
}

// undeclaredUnits: an epoch's unit follows from its size.
const undeclaredUnits = 1

// textChecks are the constraints of a varchar.
type textChecks struct {
	any                  bool
	minLength, maxLength int // characters; maxLength below 0 is none
	lengthRefusal        *refusal
	pattern              *regexp.Regexp
	patternRefusal       *refusal
	format               func([]byte) bool
	formatRefusal        *refusal
}

// bounds are minimum, maximum and multipleOf in the form that the column's values have. A bound's
// refusal is nil where there is no such bound.
type bounds struct {
	any                 bool
	low, high           int64   // integer, bigint, date, timestamp
	lowFloat, highFloat float64 // double
	lowStrict           bool    // double: equality is refused
	highStrict          bool
	lowDigits           []byte // decimal, in the column's scale
	highDigits          []byte
	lowRefusal          *refusal
	highRefusal         *refusal
	multiple            *divisor
	multipleRefusal     *refusal
}

// enum is a set of values; const is a set of one.
type enum struct {
	texts   map[string]bool  // decimal, varchar, uuid
	ints    map[int64]bool   // boolean, integer, bigint, date, timestamp
	floats  map[float64]bool // double
	refusal *refusal
}

// private: nothing of the value may be shown to people.
func (c *column) private() bool { return c.privacy != notPrivate }

// shape is the column as others see it. A dropped column is always NULL.
func (c *column) shape() Column {
	return Column{Name: c.name, Type: c.typ, Required: c.required && c.privacy != dropPrivate}
}
