package dialect

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestLiteralsMeanTheSameToBothWarehouses(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "''",
		"Germany":             "'Germany'",
		"O'Neill":             "'O''Neill'",
		"''":                  "''''''",
		`\`:                   `('' || chr(92) || '')`,
		`a\'b`:                `('a' || chr(92) || '''b')`,
		`\\`:                  `('' || chr(92) || '' || chr(92) || '')`,
		"a\x00b":              `('a' || chr(0) || 'b')`,
		"a\xffb":              "'a\uFFFDb'",
		"日本 🙂 \u202e":         "'日本 🙂 \u202e'",
		"a\nb\t\x01":          "'a\nb\t\x01'",
		"'; drop table t; --": "'''; drop table t; --'",
		"{{period}}":          "'{{period}}'",
		"$$":                  "'$$'",
	} {
		if got := Text(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestAMomentHasItsOffset(t *testing.T) {
	at := time.Date(2026, 11, 22, 6, 0, 0, 1_500, time.FixedZone("", 3600))
	if got, want := Time(at), "cast('2026-11-22 05:00:00.000001+00:00' as timestamptz)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestANameCannotEnd(t *testing.T) {
	if got, want := Name(`or"ders`), `"or""ders"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// lex reads a literal as a dialect does and returns the text it means.
func lex(t *testing.T, sql string, backslashEscapes bool) string {
	var b strings.Builder
	for i := 0; i < len(sql); {
		switch {
		case strings.HasPrefix(sql[i:], "chr(92)"):
			b.WriteByte('\\')
			i += len("chr(92)")
		case strings.HasPrefix(sql[i:], "chr(0)"):
			b.WriteByte(0)
			i += len("chr(0)")
		case sql[i] != '\'':
			if !strings.ContainsRune("() |", rune(sql[i])) {
				t.Fatalf("%q escapes its quotes at %d", sql, i)
			}
			i++
		default:
			for i++; ; i++ {
				if i >= len(sql) {
					t.Fatalf("%q does not end", sql)
				}
				if sql[i] == '\\' && backslashEscapes {
					t.Fatalf("%q has an escape", sql)
				}
				if sql[i] == '\'' {
					if i++; i >= len(sql) || sql[i] != '\'' {
						break
					}
				}
				b.WriteByte(sql[i])
			}
		}
	}
	return b.String()
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "'", `\`, `\'`, "''\\", "a", "ü'\\\\''", "\x00'", "\xff\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sql, want := Text(text), strings.ToValidUTF8(text, "\uFFFD")
		if !utf8.ValidString(sql) || strings.IndexByte(sql, 0) >= 0 {
			t.Fatalf("%q is not text", sql)
		}
		for _, escapes := range []bool{false, true} {
			if got := lex(t, sql, escapes); got != want {
				t.Fatalf("%q is %q in %s", text, got, sql)
			}
		}
	})
}
