package format_test

import (
	"bytes"
	"encoding/csv"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/format"
)

func TestGoldenCSV(t *testing.T) {
	plain := encode(t, encoder(t, format.Config{Compression: format.None}, everyType()), everyRow())
	golden(t, "everything.csv", plain)
	for _, compression := range []string{format.Gzip, format.Zstd} {
		packed := encode(t, encoder(t, format.Config{Compression: compression}, everyType()), everyRow())
		if got := unpack(t, compression, packed); !bytes.Equal(got, plain) {
			t.Errorf("%s unpacks to other bytes than the plain file", compression)
		}
	}
}

func TestGoldenQuarantine(t *testing.T) {
	rows := [][]contract.Value{
		{
			text("not_json"), null, text("unexpected end of the text"), null, text("v1"), text("customer-7"),
			text("{\"a\":"), null,
		},
		{
			text("invalid_text"), text("name"), text(`a "NUL"`), text("orders"), text("v1"), text("key, with comma"),
			text("{\"name\":\"a\ufffd\"}\n"), text("eyJuYW1lIjoiYQAifQo="),
		},
	}
	e := encoder(t, format.Config{Compression: format.None}, contract.QuarantineTable())
	golden(t, "quarantine.csv", encode(t, e, rows))
}

func TestTextIsQuotedOnlyWhenItMustBe(t *testing.T) {
	for in, want := range map[string]string{
		"":                       `""`,
		"a":                      `a`,
		"plain text of 17+":      `plain text of 17+`,
		"it's; a|b\u00a0ünï😀":    "it's; a|b\u00a0ünï😀",
		"NULL":                   `NULL`,
		"a,b":                    `"a,b"`,
		`"`:                      `""""`,
		`say "hi" and "bye" now`: `"say ""hi"" and ""bye"" now"`,
		"a\nb":                   "\"a\nb\"",
		"a\rb":                   "\"a\rb\"",
		"\t":                     "\"\t\"",
		" a":                     `" a"`,
		"a ":                     `"a "`,
		" ":                      `" "`,
		"a b":                    `a b`,
		`\N`:                     `"\N"`,
		`\.`:                     `"\."`,
		`c:\temp`:                `"c:\temp"`,
		"#1":                     `"#1"`,
		"no 1#":                  `no 1#`,
		"a\x7fb":                 "\"a\x7fb\"",
		"01234567,":              `"01234567,"`,
		"0123456,8":              `"0123456,8"`,
		"0123456789abcde,":       `"0123456789abcde,"`,
		"0123456789abcdefg,":     `"0123456789abcdefg,"`,
		"0123456789abcdef0":      `0123456789abcdef0`,
	} {
		if got := field(t, contract.Varchar, text(in)); got != want {
			t.Errorf("%q became %s, want %s", in, got, want)
		}
	}
}

// field encodes one value and returns its field as it stands in the file.
func field(t testing.TB, kind contract.Kind, v contract.Value) string {
	t.Helper()
	table := &contract.Table{Name: "t", Columns: []contract.Column{{Name: "c", Type: contract.Type{Kind: kind, Precision: 38}}}}
	body := string(encode(t, encoder(t, format.Config{Compression: format.None}, table), [][]contract.Value{{v}}))
	_, body, _ = strings.Cut(body, "\n")
	return strings.TrimSuffix(strings.SplitN(body, ",", 4)[3], "\n")
}

func TestQuotingAgreesWithARuleByteByByte(t *testing.T) {
	for length := 1; length < 40; length++ {
		for at := range length {
			for c := range 256 {
				s := bytes.Repeat([]byte{'x'}, length)
				s[at] = byte(c)
				want := c < ' ' || c == 0x7f || c == '"' || c == ',' || c == '\\' ||
					c == ' ' && (at == 0 || at == length-1) || c == '#' && at == 0
				if got := format.NeedsQuotes(s); got != want {
					t.Fatalf("%q: quoted %v, want %v", s, got, want)
				}
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	for want, v := range map[string]float64{
		"0": 0, "-0": math.Copysign(0, -1), "1": 1, "-1.5": -1.5, "0.1": 0.1, "1000000": 1e6, "0.000001": 1e-6,
		"1e-07": 1e-7, "1e+21": 1e21, "123456789012345680000": 123456789012345680000,
		"1.7976931348623157e+308": math.MaxFloat64, "5e-324": math.SmallestNonzeroFloat64,
	} {
		if got := field(t, contract.Double, contract.Value{Float: v}); got != want {
			t.Errorf("%v became %s, want %s", v, got, want)
		}
	}
	for want, v := range map[string]int64{"0": 0, "-9223372036854775808": math.MinInt64, "9223372036854775807": math.MaxInt64} {
		if got := field(t, contract.Bigint, number(v)); got != want {
			t.Errorf("%v became %s, want %s", v, got, want)
		}
	}
}

func TestDatesAndTimestampsAgreeWithTheStandardLibrary(t *testing.T) {
	for day := int64(-719162); day <= 2932896; day += 13 {
		at := time.Unix(day*86400, 0).UTC()
		if got, want := field(t, contract.Date, number(day)), at.Format(time.DateOnly); got != want {
			t.Fatalf("day %d became %s, want %s", day, got, want)
		}
	}
	moments := []int64{
		0, 1, -1, 999_999, 1_000_000, 86_399_999_999, -86_400_000_000, -86_400_000_001,
		1795326367123456, -62135596800000000, 253402300799999999, 951782400000000, 951868799999999,
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		moments = append(moments, random.Int64N(253402300800000000+62135596800000000)-62135596800000000)
	}
	for _, micros := range moments {
		at := time.UnixMicro(micros).UTC()
		if got, want := field(t, contract.Timestamp, number(micros)), at.Format("2006-01-02T15:04:05.000000Z"); got != want {
			t.Errorf("%d became %s, want %s", micros, got, want)
		}
	}
	// Contracts refuse what lies beyond; a file shows it as DuckDB reads it all the same.
	if got := field(t, contract.Date, number(2932897)); got != "10000-01-01" {
		t.Errorf("the day after 9999 became %s", got)
	}
	if got := field(t, contract.Timestamp, number(-62135596800000001)); got != "0001-12-31T23:59:59.999999Z (BC)" {
		t.Errorf("the moment before year 1 became %s", got)
	}
}

func TestLongTextsCrossTheChunks(t *testing.T) {
	table := &contract.Table{Name: "t", Columns: []contract.Column{{Name: "c", Type: contract.Type{Kind: contract.Varchar}}}}
	var rows [][]contract.Value
	var want []string
	for _, n := range []int{1, 65_000, 600, 1 << 20, 10 << 20, 3, 65_536, 1} {
		s := strings.Repeat("ab\"c,\nü", n/8+1)
		rows, want = append(rows, []contract.Value{text(s)}), append(want, s)
	}
	for _, cfg := range []format.Config{{Compression: format.None}, {}, {Compression: format.Zstd}} {
		body := unpack(t, cfg.Compression, encode(t, encoder(t, cfg, table), rows))
		if cfg.Compression == "" {
			body = unpack(t, format.Gzip, body)
		}
		records, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, record := range records[1:] {
			if record[3] != want[i] {
				t.Errorf("%s: text %d of %d bytes came back with %d", cfg.Name(), i, len(want[i]), len(record[3]))
			}
		}
	}
}

func FuzzCSVReadsBack(f *testing.F) {
	for _, s := range []string{"", "a", "a,b", `"`, "\n", "\r\n", "ü", " x ", `\N`, "#", "0123456789\"", "\x00", "\xff"} {
		f.Add([]byte(s), []byte("next"))
	}
	table := &contract.Table{Name: "t", Columns: []contract.Column{
		{Name: "a,\"b", Type: contract.Type{Kind: contract.Varchar}},
		{Name: "b", Type: contract.Type{Kind: contract.JSON}},
		{Name: "c", Type: contract.Type{Kind: contract.Varchar}},
	}}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		e := encoder(t, format.Config{Compression: format.None}, table)
		body := encode(t, e, [][]contract.Value{
			{{Bytes: a}, {Bytes: b}, null}, {{Bytes: b}, null, {Bytes: a}},
		})
		r := csv.NewReader(bytes.NewReader(body))
		got, err := r.ReadAll()
		if err != nil {
			t.Fatalf("%v in %q", err, body)
		}
		// encoding/csv turns \r\n into \n even within quotes.
		back := func(b []byte) string { return strings.ReplaceAll(string(b), "\r\n", "\n") }
		want := [][]string{{"a,\"b", "b", "c"}, {back(a), back(b), ""}, {back(b), "", back(a)}}
		for i := range got {
			got[i] = got[i][3:]
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s in %q", d, body)
		}
		if utf8.Valid(a) && utf8.Valid(b) && !utf8.Valid(body) {
			t.Error("valid texts became a file that is not UTF-8")
		}
	})
}
