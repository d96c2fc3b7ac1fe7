package expression

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
)

func parsed(t testing.TB, text string) number {
	t.Helper()
	n, err := parseText([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

func TestParseAndPrint(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "-0.00": "0.00", "7": "7", "-7.50": "-7.50", "0.001": "0.001", "-0.001": "-0.001",
		"1e3": "1000", "1.5e1": "15", "1.5E-3": "0.0015", "1e0": "1", "15e-1": "1.5", "-1.50e2": "-150", "1.2345e2": "123.45",
		"9223372036854775807": "9223372036854775807", "-9223372036854775808": "-9223372036854775808",
		"9223372036854775808": "9223372036854775808", "123456789012345678": "123456789012345678",
		"1234567890123456789.10": "1234567890123456789.10", "0.0000000000000000000001": "0.0000000000000000000001",
		"0e999999999": "0", "0.00E+999999999": "0", "0e-2": "0.00", "1e18": "1000000000000000000",
		"+5": "5", "007": "7", ".5": "0.5", "-.5": "-0.5",
		"1e400":                         "1" + strings.Repeat("0", 400),
		"1e-400":                        "0." + strings.Repeat("0", 399) + "1",
		strings.Repeat("7", 400):        strings.Repeat("7", 400),
		"0." + strings.Repeat("3", 400): "0." + strings.Repeat("3", 400),
	} {
		if got := parsed(t, text).String(); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "-", "+", ".", "1.", "1e", "1e+", "abc", "1 ", " 1", "1,5", "0x10", "NaN", "1_0", "--1", "1.5.2", "٣"} {
		if n, err := parseText([]byte(text)); err != errNotANumber {
			t.Errorf("%q: %v, %v", text, n, err)
		}
	}
	for _, text := range []string{"1e1000", "1E+999999999", "1e-1001", "1e-999999999", "1e99999999999999999999", "1e-99999999999999999999",
		strings.Repeat("9", 1001), "0." + strings.Repeat("9", 1001)} {
		if n, err := parseText([]byte(text)); err != errTooManyDigits {
			t.Errorf("%.40s: %v, %v", text, n, err)
		}
	}
}

func TestArithmetic(t *testing.T) {
	type op = func(a, b number) (number, *EvalError)
	rounded := func(a, b number) (number, *EvalError) { return round(a, int(b.coef), halfUp) }
	tests := []struct {
		a    string
		op   op
		b    string
		want string
	}{
		{"19.90", multiply, "2", "39.80"},
		{"1.1", multiply, "3", "3.3"},
		{"0.1", add, "0.2", "0.3"},
		{"1", subtract, "0.9", "0.1"},
		{"-1.50", add, "1.5", "0.00"},
		{"9223372036854775807", add, "1", "9223372036854775808"},
		{"9223372036854775807", add, "9223372036854775807", "18446744073709551614"},
		{"-9223372036854775808", subtract, "1", "-9223372036854775809"},
		{"-9223372036854775808", multiply, "-1", "9223372036854775808"},
		{"9223372036854775808", subtract, "1", "9223372036854775807"},
		{"3037000500", multiply, "3037000500", "9223372037000250000"},
		{"0.0000000001", multiply, "0.0000000001", "0.00000000000000000001"},
		{"1e30", add, "1e-30", "1000000000000000000000000000000.000000000000000000000000000001"},
		{"7", divide, "2", "3.5"},
		{"39.80", divide, "2", "19.9"},
		{"6", divide, "1.5", "4"},
		{"1", divide, "3", "0." + strings.Repeat("3", 38)},
		{"2", divide, "3", "0." + strings.Repeat("6", 37) + "7"},
		{"-2", divide, "3", "-0." + strings.Repeat("6", 37) + "7"},
		{"100", divide, "3", "33." + strings.Repeat("3", 36)},
		{"1", divide, "8", "0.125"},
		{"1e400", divide, "10", "1" + strings.Repeat("0", 399)},
		{"1e400", divide, "3", strings.Repeat("3", 400)},
		{"0", divide, "-7", "0"},
		{"-9223372036854775808", divide, "-1", "9223372036854775808"},
		{"9", divide, "-1", "-9"},
		{"7", remainder, "3", "1"},
		{"-7", remainder, "3", "-1"},
		{"7.5", remainder, "-2", "1.5"},
		{"-9223372036854775808", remainder, "-1", "0"},
		{"1e30", remainder, "7", "1"},
		{"2.5", rounded, "0", "3"},
		{"-2.5", rounded, "0", "-3"},
		{"2.4999", rounded, "0", "2"},
		{"1.005", rounded, "2", "1.01"},
		{"1.004", rounded, "2", "1.00"},
		{"1.5", rounded, "2", "1.5"},
		{"1250", rounded, "-2", "1300"},
		{"-1249", rounded, "-2", "-1200"},
		{"49", rounded, "-2", "0"},
		{"50", rounded, "-2", "100"},
		{"1234567890123456789012345.55", rounded, "1", "1234567890123456789012345.6"},
		{"-1234567890123456789012345.55", rounded, "1", "-1234567890123456789012345.6"},
		{"9223372036854775807.5", rounded, "0", "9223372036854775808"},
	}
	for _, test := range tests {
		got, err := test.op(parsed(t, test.a), parsed(t, test.b))
		if err != nil || got.String() != test.want {
			t.Errorf("%s, %s: got %v (%v), want %s", test.a, test.b, got, err, test.want)
		}
	}
}

func TestRoundingModes(t *testing.T) {
	for _, test := range []struct{ n, down, up, in string }{
		{"2.3", "2", "3", "2"}, {"-2.3", "-3", "-2", "-2"}, {"2.0", "2", "2", "2"}, {"-0.5", "-1", "0", "0"},
		{"12345678901234567890.1", "12345678901234567890", "12345678901234567891", "12345678901234567890"},
		{"-12345678901234567890.1", "-12345678901234567891", "-12345678901234567890", "-12345678901234567890"},
	} {
		for mode, want := range map[rounding]string{downward: test.down, upward: test.up, inward: test.in} {
			if got, err := round(parsed(t, test.n), 0, mode); err != nil || got.String() != want {
				t.Errorf("%s by %d: %v, %v", test.n, mode, got, err)
			}
		}
	}
}

func TestArithmeticRefuses(t *testing.T) {
	for _, op := range []func(a, b number) (number, *EvalError){divide, remainder} {
		for _, zero := range []string{"0", "0.00", "-0"} {
			if n, err := op(integer(1), parsed(t, zero)); err != errDivisionByZero {
				t.Error(n, err)
			}
		}
	}
	huge, tiny := parsed(t, "1e999"), parsed(t, "1e-1000")
	for name, f := range map[string]func() (number, *EvalError){
		"multiply huge": func() (number, *EvalError) { return multiply(huge, huge) },
		"multiply tiny": func() (number, *EvalError) { return multiply(tiny, parsed(t, "0.1")) },
		"divide":        func() (number, *EvalError) { return divide(tiny, integer(3)) },
		"round":         func() (number, *EvalError) { return round(huge, 1001, halfUp) },
	} {
		if n, err := f(); err != errTooManyDigits {
			t.Error(name, n, err)
		}
	}
}

// TestArithmeticAgreesWithApd holds random sums, products, quotients and comparisons to another
// implementation.
func TestArithmeticAgreesWithApd(t *testing.T) {
	exact := apd.BaseContext.WithPrecision(500)
	rounding := apd.BaseContext.WithPrecision(quotientDigits)
	rounding.Rounding = apd.RoundHalfUp
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		a, b := randomNumber(r), randomNumber(r)
		x, _, _ := apd.NewFromString(a.String())
		y, _, _ := apd.NewFromString(b.String())
		check := func(name string, got number, err *EvalError, want *apd.Decimal, keepsScale bool) {
			t.Helper()
			w, _, _ := apd.NewFromString(got.String())
			if err != nil || w.Cmp(want) != 0 || keepsScale && got.String() != strings.TrimPrefix(want.Text('f'), zeroSign(want)) {
				t.Fatalf("%v %s %v: got %v (%v), want %v", a, name, b, got, err, want)
			}
			if got.big != nil && got.big.IsInt64() {
				t.Fatalf("%v %s %v: %v fits an int64 but does not use it", a, name, b, got)
			}
		}
		var want apd.Decimal
		got, err := add(a, b)
		exact.Add(&want, x, y)
		check("+", got, err, &want, true)
		got, err = subtract(a, b)
		exact.Sub(&want, x, y)
		check("-", got, err, &want, true)
		got, err = multiply(a, b)
		exact.Mul(&want, x, y)
		check("*", got, err, &want, true)
		if b.sign() != 0 {
			got, err = divide(a, b)
			rounding.Quo(&want, x, y)
			check("/", got, err, &want, false)
			got, err = remainder(a, b)
			exact.Rem(&want, x, y)
			check("%", got, err, &want, false)
		}
		if compare(a, b) != x.Cmp(y) {
			t.Fatalf("compare %v, %v", a, b)
		}
	}
}

func zeroSign(d *apd.Decimal) string {
	if d.IsZero() {
		return "-"
	}
	return ""
}

func randomNumber(r *rand.Rand) number {
	var b strings.Builder
	if r.IntN(2) == 0 {
		b.WriteByte('-')
	}
	for range 1 + r.IntN([]int{3, 12, 20}[r.IntN(3)]) {
		b.WriteByte(byte('0' + r.IntN(10)))
	}
	if r.IntN(2) == 0 {
		b.WriteByte('.')
		for range 1 + r.IntN([]int{2, 15}[r.IntN(2)]) {
			b.WriteByte(byte('0' + r.IntN(10)))
		}
	}
	n, err := parseText([]byte(b.String()))
	if err != nil {
		panic(err)
	}
	return n
}

// The short way to write a number gives what the long way does.
func TestShortNumbersAreWrittenAsLongOnes(t *testing.T) {
	coefficients := []int64{0, 1, -1, 9, 10, -10, 99, 100, 1990, -1990, math.MaxInt64, math.MinInt64, math.MinInt64 + 1}
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		coefficients = append(coefficients, r.Int64()>>r.IntN(63), -(r.Int64() >> r.IntN(63)))
	}
	for _, coef := range coefficients {
		for scale := range int32(20) {
			short, long := number{coef: coef, scale: scale}, number{big: big.NewInt(coef), scale: scale}
			if got, want := short.String(), long.String(); got != want {
				t.Fatalf("%d of scale %d: %s, want %s", coef, scale, got, want)
			}
		}
	}
}
