package contract

import "time"

// definition is a contract file as it was read: every word present and of the right shape, its
// meaning not yet checked against the others.
type definition struct {
	file string
	line int

	table       text
	match, drop text
	key         text
	window      time.Duration
	windowLine  int
	unknown     unknownField
	columns     []columnDefinition
	description string
}

// columnDefinition is one entry of columns.
type columnDefinition struct {
	line int
	// description is for people; it means nothing.
	description string

	name text
	typ  Type // Kind 0 when it was missing or wrong, which has been reported then

	from, value text
	required    bool
	emptyAsNull bool
	fallback    text // default

	minimum, maximum                   text
	exclusiveMinimum, exclusiveMaximum text
	multipleOf                         text
	minLength, maxLength               limit
	pattern, format                    text
	enum                               []text
	constant                           text // const

	privacy  privacy
	salt     text
	rounding rounding
	layouts  []text
	unit     text
	zone     text

	// words maps each word the file wrote to its line.
	words map[string]int
}

// text is a scalar of the file with its line; line 0 means that the file does not have it.
type text struct {
	value string
	line  int
}

func (t text) given() bool { return t.line > 0 }

// limit is a count in the file; line 0 means that the file does not have it.
type limit struct {
	value int
	line  int
}

// unknownField says what becomes of an event with a field that no column takes.
type unknownField uint8

const (
	ignoreUnknown unknownField = iota
	quarantineUnknown
)

// privacy says how a column of personal data is made harmless.
type privacy uint8

const (
	notPrivate privacy = iota
	maskPrivate
	hashPrivate
	dropPrivate
)

// rounding says what becomes of digits that a column's scale has no room for.
type rounding uint8

const (
	undeclaredRounding rounding = iota
	exact
	halfUp
	halfEven
	truncate
	// floor and ceiling turn bounds into the column's scale; a file cannot write them.
	floor
	ceiling
)
