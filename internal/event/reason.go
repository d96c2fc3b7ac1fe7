package event

// Reason is the stable code for why an event is in the quarantine. Codes are part of the public
// interface: people filter, count and redrive by them.
type Reason string

// The reasons. A code is never renamed and never used for something else.
const (
	// ReasonNotJSON: the bytes are not one JSON document by RFC 8259 in UTF-8.
	ReasonNotJSON Reason = "not_json"
	// ReasonTooDeep: arrays and objects are nested deeper than 256 levels.
	ReasonTooDeep Reason = "too_deep"
	// ReasonTooLarge: the event, or a value in it, is larger than a limit.
	ReasonTooLarge Reason = "too_large"
	// ReasonNoContract: no contract's match accepted the event.
	ReasonNoContract Reason = "no_contract"
	// ReasonMissingField: a required column has no value, or null.
	ReasonMissingField Reason = "missing_field"
	// ReasonWrongType: the value is of a type that cannot become the column's.
	ReasonWrongType Reason = "wrong_type"
	// ReasonNotExact: the value is of a usable type but does not fit the column's exactly
	// (too many digits, an excess scale that may not be rounded, a fraction for an integer).
	ReasonNotExact Reason = "not_exact"
	// ReasonOutOfRange: below minimum, above maximum, or beyond what the type holds.
	ReasonOutOfRange Reason = "out_of_range"
	// ReasonLength: shorter than minLength or longer than maxLength.
	ReasonLength Reason = "length"
	// ReasonPattern: does not match pattern.
	ReasonPattern Reason = "pattern"
	// ReasonNotInEnum: not one of enum.
	ReasonNotInEnum Reason = "not_in_enum"
	// ReasonFormat: does not have the declared format (email, uri, ...), or a text that is no
	// uuid, date or timestamp of a known layout.
	ReasonFormat Reason = "format"
	// ReasonUnknownField: a field no column takes, under on_unknown_field: quarantine.
	ReasonUnknownField Reason = "unknown_field"
	// ReasonExpression: a value expression failed on this event.
	ReasonExpression Reason = "expression_failed"
	// ReasonInvalidText: a text no warehouse can hold: NUL, or a lone UTF-16 surrogate.
	ReasonInvalidText Reason = "invalid_text"
	// ReasonPanic: our own code failed on this event; the event is kept, the fault is ours.
	ReasonPanic Reason = "internal_error"
	// ReasonCrash: the process died twice while it worked on this event.
	ReasonCrash Reason = "crashed"
	// ReasonTransformer: a pipeline that behaves as on AWS could not have the record transformed; its
	// error output says why.
	ReasonTransformer Reason = "transformer_failed"
	// ReasonRefused: the warehouse refused the row.
	ReasonRefused Reason = "refused_by_warehouse"
)

// Reasons are all of them, in the order of an event's way through the pipeline.
func Reasons() []Reason {
	return []Reason{
		ReasonNotJSON, ReasonTooDeep, ReasonTooLarge, ReasonNoContract, ReasonMissingField,
		ReasonWrongType, ReasonNotExact, ReasonOutOfRange, ReasonLength, ReasonPattern, ReasonNotInEnum,
		ReasonFormat, ReasonUnknownField, ReasonExpression, ReasonInvalidText, ReasonPanic, ReasonCrash,
		ReasonTransformer, ReasonRefused,
	}
}
