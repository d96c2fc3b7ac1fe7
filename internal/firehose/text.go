package firehose

import (
	"bytes"
	"encoding/json"
	"unsafe"
)

// Text is a JSON string of an event, as it stands there: a view of the event's bytes, which must not
// change while it is used.
type Text struct {
	raw     []byte // between the quotes; nil when there is no such string
	escaped bool   // raw may hold a backslash
}

// Given says whether the event has the string.
func (t Text) Given() bool { return t.raw != nil }

// Bytes is the string's content.
func (t Text) Bytes() []byte {
	if !t.escaped || bytes.IndexByte(t.raw, '\\') < 0 {
		return t.raw
	}
	quoted := append(append([]byte{'"'}, t.raw...), '"')
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return t.raw // not JSON; shown as it stands there
	}
	return []byte(text)
}

func (t Text) String() string { return string(t.Bytes()) }

// view is b as a string that changes when b does.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
