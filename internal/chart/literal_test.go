package chart

import (
	"strings"
	"testing"
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
		"日本 🙂 \u202e":         "'日本 🙂 \u202e'",
		"a\nb\t\x01":          "'a\nb\t\x01'",
		"'; drop table t; --": "'''; drop table t; --'",
		"{{period}}":          "'{{period}}'",
	} {
		if got := textLiteral(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
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

func FuzzTextLiteral(f *testing.F) {
	for _, seed := range []string{"", "'", `\`, `\'`, "''\\", "a", "ü'\\\\''"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkValue(text) != nil {
			return
		}
		if !utf8.ValidString(text) {
			t.Fatalf("%q was let through", text)
		}
		sql := textLiteral(text)
		for _, escapes := range []bool{false, true} {
			if got := lex(t, sql, escapes); got != text {
				t.Fatalf("%q is %q in %s", text, got, sql)
			}
		}
	})
}
