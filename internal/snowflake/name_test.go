package snowflake

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for text, want := range map[string]string{
		"orders": `"ORDERS"`, "my-pipe": `"MY-PIPE"`, `"My Data"`: `"My Data"`, `"a""b"`: `"a""b"`, "select": `"SELECT"`,
		strings.Repeat("x", maxName): `"` + strings.Repeat("X", maxName) + `"`,
	} {
		if got, err := ParseName(text); err != nil || got.String() != want {
			t.Errorf("%s: %s %v", text, got, err)
		}
	}
	for _, text := range []string{"", `""`, `"a"b"`, "a\nb", "a\x00", strings.Repeat("x", maxName+1)} {
		if got, err := ParseName(text); err == nil {
			t.Errorf("%q became %s", text, got)
		}
	}
	if got := Literal(`it's \N`); got != `'it''s \\N'` {
		t.Error(got)
	}
}
