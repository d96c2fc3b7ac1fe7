package quarantine

import (
	"math/big"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/document"
)

// fit gathers values and says which type takes all of them. The zero fit has seen none.
type fit struct {
	seen, booleans, texts, composites int
	uuids, dates, times               int
	numbers, doubles, beyondBigint    int
	// whole and scale are the most digits before and after the point.
	whole, scale int
}

var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.([0-9]+))?$`)

func (f *fit) add(v document.Value) {
	if kind := v.Kind(); kind == document.Null || kind == document.Missing {
		return
	}
	f.seen++
	switch v.Kind() {
	case document.Bool:
		f.booleans++
	case document.Number:
		f.number(v)
	case document.String:
		f.text(string(v.Text()))
	default:
		f.composites++
	}
}

func (f *fit) number(v document.Value) {
	f.numbers++
	text := string(v.Number())
	parts := plainNumber.FindStringSubmatch(text)
	if parts == nil {
		f.doubles++
		return
	}
	f.whole, f.scale = max(f.whole, len(parts[1])), max(f.scale, len(parts[3]))
	if _, ok := v.Int64(); !ok {
		f.beyondBigint++
	}
}

func (f *fit) text(text string) {
	f.texts++
	if _, err := uuid.Parse(text); err == nil && len(text) == 36 {
		f.uuids++
	}
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		f.dates++
	}
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		f.times++
	}
}

// number of digits before the point a suggested decimal has at least: one that just fits is too small
// tomorrow.
const roomyDigits = 10

// typ is the narrowest type that takes all values; false when none was seen.
func (f *fit) typ() (contract.Type, bool) {
	switch f.seen {
	case 0:
		return contract.Type{}, false
	case f.booleans:
		return contract.Type{Kind: contract.Boolean}, true
	case f.numbers:
		return f.numeric(), true
	case f.uuids:
		return contract.Type{Kind: contract.UUID}, true
	case f.dates:
		return contract.Type{Kind: contract.Date}, true
	case f.times:
		return contract.Type{Kind: contract.Timestamp}, true
	}
	if f.composites > 0 {
		return contract.Type{Kind: contract.JSON}, true
	}
	return contract.Type{Kind: contract.Varchar}, true
}

func (f *fit) numeric() contract.Type {
	digits := max(f.whole, roomyDigits) + f.scale
	switch {
	case f.doubles > 0, f.whole+f.scale > contract.MaxPrecision:
		return contract.Type{Kind: contract.Double}
	case f.beyondBigint == 0:
		return contract.Type{Kind: contract.Bigint}
	}
	return contract.Type{Kind: contract.Decimal, Precision: min(digits, contract.MaxPrecision), Scale: f.scale}
}

// asNumber is the exact value of a number, or of a text that is one.
func asNumber(v document.Value) (*big.Rat, string, bool) {
	text := string(v.Number())
	if v.Kind() == document.String {
		text = string(v.Text())
	}
	// The size of a number with an exponent is not that of its text.
	if !plainNumber.MatchString(text) || len(text) > 60 {
		return nil, "", false
	}
	n, ok := new(big.Rat).SetString(text)
	return n, text, ok
}
