package contract

// Value is one typed value of a row. Its column's Type says how to read it.
type Value struct {
	// Null: there is no value; the other fields are meaningless.
	Null bool
	// Int holds Boolean (0, 1), Integer, Bigint, Date (days since 1970-01-01) and Timestamp
	// (microseconds since 1970-01-01T00:00:00Z).
	Int int64
	// Float holds Double; it is finite.
	Float float64
	// Bytes holds Decimal (plain digits with exactly Scale fraction digits, such as "-12.30"),
	// Varchar and JSON (valid UTF-8 without NUL) and UUID (36 lower-case characters).
	// They are valid until the processor that made them handles its next event.
	Bytes []byte
}
