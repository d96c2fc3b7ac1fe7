package deliver

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// scratchKeep is the largest scratch kept between rows; a 10 MiB event must not be paid for ever after.
const scratchKeep = 1 << 20

// quarantineRow makes rows of contract.QuarantineTable.
type quarantineRow struct {
	values [8]contract.Value
	shown  []byte
	exact  []byte
}

// fill returns the row for r, valid until the next call.
func (q *quarantineRow) fill(r *event.Record, out contract.Outcome, version string) []contract.Value {
	raw, exact := q.raw(r.Data)
	q.values = [8]contract.Value{
		{Bytes: []byte(out.Reason)},
		optional(out.Field),
		optional(out.Detail),
		optional(out.Contract),
		{Bytes: []byte(version)},
		{Bytes: []byte(clean(r.PartitionKey))},
		{Bytes: raw},
		exact,
	}
	return q.values[:]
}

// raw is the event as text, and its exact bytes in base64 where the text does not show them.
func (q *quarantineRow) raw(data []byte) (shown []byte, exact contract.Value) {
	if utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 {
		return data, contract.Value{Null: true}
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
	return q.shown, contract.Value{Bytes: q.exact}
}

func optional(text string) contract.Value {
	if text == "" {
		return contract.Value{Null: true}
	}
	return contract.Value{Bytes: []byte(clean(text))}
}

// clean replaces what no warehouse holds as text.
func clean(text string) string {
	const replacement = string(utf8.RuneError)
	return strings.ReplaceAll(strings.ToValidUTF8(text, replacement), "\x00", replacement)
}
