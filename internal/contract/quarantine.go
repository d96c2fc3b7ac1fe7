package contract

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// scratchKeep is the largest scratch kept between rows; a 10 MiB event must not be paid for ever after.
const scratchKeep = 1 << 20

// QuarantineRow makes rows of QuarantineTable. It belongs to one goroutine.
type QuarantineRow struct {
	values [8]Value
	shown  []byte
	exact  []byte
}

// Fill returns the row for an event, valid until the next call and as long as data is. version is the
// contracts' that refused it.
func (q *QuarantineRow) Fill(data []byte, partitionKey string, out Outcome, version string) []Value {
	raw, exact := q.raw(data)
	q.values = [8]Value{
		{Bytes: []byte(out.Reason)},
		optional(out.Field),
		optional(out.Detail),
		optional(out.Contract),
		{Bytes: []byte(version)},
		{Bytes: []byte(Clean(partitionKey))},
		{Bytes: raw},
		exact,
	}
	return q.values[:]
}

// raw is the event as text, and its exact bytes in base64 where the text does not show them.
func (q *QuarantineRow) raw(data []byte) (shown []byte, exact Value) {
	if utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 {
		return data, Value{Null: true}
	}
	if cap(q.exact) > scratchKeep {
		q.shown, q.exact = nil, nil
	}
	q.shown = q.shown[:0]
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		if c == 0 {
			c = utf8.RuneError
		}
		q.shown = utf8.AppendRune(q.shown, c)
		i += size
	}
	q.exact = base64.StdEncoding.AppendEncode(q.exact[:0], data)
	return q.shown, Value{Bytes: q.exact}
}

func optional(text string) Value {
	if text == "" {
		return Value{Null: true}
	}
	return Value{Bytes: []byte(Clean(text))}
}

// Clean replaces what no warehouse holds as text.
func Clean(text string) string {
	const replacement = string(utf8.RuneError)
	return strings.ReplaceAll(strings.ToValidUTF8(text, replacement), "\x00", replacement)
}
