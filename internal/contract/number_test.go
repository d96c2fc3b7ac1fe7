package contract

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// randomNumber writes a number in one of many ways.
func randomNumber(r *rand.Rand) string {
	digits := func(most int) string {
		var b strings.Builder
		for range 1 + r.IntN(most) {
			b.WriteByte("0000123456789995"[r.IntN(16)])
		}
		return b.String()
	}
	text := []string{"", "", "-", "+"}[r.IntN(4)] + digits(22)
	if r.IntN(2) == 0 {
		text += "." + digits(12)
	}
	if r.IntN(3) == 0 {
		text += fmt.Sprintf("e%d", r.IntN(40)-20)
	}
	return text
}

// rounded is what a number becomes in a decimal, worked out with rational numbers.
func rounded(value *big.Rat, precision, scale int, mode rounding) (text string, f fit) {
	power := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
	whole := new(big.Int).Quo(value.Num(), value.Denom())
	if whole.CmpAbs(power(precision-scale)) >= 0 {
		return "", beyond
	}
	count := new(big.Rat).Mul(value, new(big.Rat).SetInt(power(scale)))
	quotient, rest := new(big.Int).QuoRem(count.Num(), count.Denom(), new(big.Int))
	if rest.Sign() != 0 {
		twice := new(big.Int).Mul(rest.Abs(rest), big.NewInt(2)).Cmp(count.Denom())
		switch {
		case mode == exact:
			return "", inexact
		case twice > 0 && mode != truncate, twice == 0 && mode == halfUp, twice == 0 && mode == halfEven && quotient.Bit(0) == 1:
			quotient.Add(quotient, big.NewInt(int64(value.Sign())))
		}
	}
	if quotient.CmpAbs(power(precision)) >= 0 {
		return "", beyond
	}
	return new(big.Rat).SetFrac(quotient, power(scale)).FloatString(scale), fits
}

func TestDecimalsAgreeWithRationalArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var v converter
	for range 60_000 {
		text := randomNumber(r)
		precision := 1 + r.IntN(MaxPrecision)
		scale := r.IntN(precision + 1)
		mode := []rounding{exact, halfUp, halfEven, truncate}[r.IntN(4)]
		value, ok := new(big.Rat).SetString(strings.TrimPrefix(text, "+"))
		if !ok {
			t.Fatal(text)
		}
		want, wantFit := rounded(value, precision, scale, mode)
		c := &column{typ: Type{Kind: Decimal, Precision: precision, Scale: scale}, rounding: mode}
		v.reset()
		var out Value
		refused := v.decimal(c, &input{kind: numeric, bytes: []byte(text)}, &out)
		got, gotFit := string(out.Bytes), fits
		switch refused {
		case tooFine:
			got, gotFit = "", inexact
		case beyondDecimal:
			got, gotFit = "", beyond
		}
		if got != want || gotFit != wantFit {
			t.Fatalf("%s as %s, rounding %d: got %q (%d), want %q (%d)", text, c.typ, mode, got, gotFit, want, wantFit)
		}
	}
}

func TestMultiplesAgreeWithRationalArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		d := divisor{count: 1 + r.Uint64N(1<<uint(1+r.IntN(59))), scale: r.IntN(6)}
		scale := r.IntN(6)
		count := new(big.Int).Mul(big.NewInt(r.Int64N(1<<40)-1<<39), new(big.Int).SetUint64([]uint64{1, d.count}[r.IntN(2)]))
		value := new(big.Rat).SetFrac(count, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
		step := new(big.Rat).SetFrac(new(big.Int).SetUint64(d.count), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.scale)), nil))
		want := new(big.Rat).Quo(value, step).IsInt()
		if got := d.divides([]byte(value.FloatString(scale)), scale); got != want {
			t.Fatalf("%s multiple of %s: %t", value.FloatString(scale), step.FloatString(d.scale), got)
		}
		if value.IsInt() && value.Num().IsUint64() {
			if got := d.dividesInt(value.Num().Uint64()); got != want {
				t.Fatalf("%s multiple of %s as integer: %t", value.Num(), step.FloatString(d.scale), got)
			}
		}
	}
}

func TestCompareDecimalsAgreesWithNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 10_000 {
		a := big.NewRat(r.Int64N(2_000_000)-1_000_000, 100)
		b := big.NewRat(r.Int64N(2_000_000)-1_000_000, 100)
		if r.IntN(4) == 0 {
			b = a
		}
		got := compareDecimals([]byte(a.FloatString(2)), []byte(b.FloatString(2)))
		if want := a.Cmp(b); (got < 0) != (want < 0) || (got > 0) != (want > 0) {
			t.Fatalf("%s and %s: %d", a.FloatString(2), b.FloatString(2), got)
		}
	}
}

func TestTimesAgreeWithTheTimePackage(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 50_000 {
		at := time.Unix(r.Int64N(253402300800+62135596800)-62135596800, r.Int64N(1e9)).
			In(time.FixedZone("", (r.IntN(47)-23)*1800))
		text := at.Format(time.RFC3339Nano)
		want, err := time.Parse(time.RFC3339Nano, text)
		var c civil
		ok := parseRFC3339([]byte(text), &c) && c.real()
		if err != nil {
			continue // the time package also writes years it does not read
		}
		if !ok {
			t.Fatalf("%s was not read", text)
		}
		if got, _ := c.micros(time.UTC, truncate); got != want.UnixMicro() {
			t.Fatalf("%s: %d, want %d", text, got, want.UnixMicro())
		}
	}
}
