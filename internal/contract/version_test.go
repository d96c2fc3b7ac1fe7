package contract

import (
	"regexp"
	"strings"
	"testing"
)

const versioned = `table: t
match: has(event.a)
key: a
columns:
  - {name: a, type: bigint, required: true}
  - {name: b, type: varchar, enum: [x, y]}
`

func TestVersionNamesTheMeaning(t *testing.T) {
	version := compile(t, versioned).Version()
	if !regexp.MustCompile(`^c1-[0-9a-f]{12}$`).MatchString(version) {
		t.Errorf("version %q", version)
	}
	same := []string{
		"# a comment\n" + versioned,
		"description: what it is\n" + versioned,
		versioned + "key_window: 7d\n",
		strings.Replace(versioned, "[x, y]", "[y, 'x']", 1),
		strings.Replace(versioned, "{name: a, type: bigint, required: true}", "{type: \"bigint\", required: true, name: a}", 1),
	}
	for _, text := range same {
		if got := compile(t, text).Version(); got != version {
			t.Errorf("%s, want %s, for\n%s", got, version, text)
		}
	}
	seen := map[string]string{version: versioned}
	for _, change := range [][2]string{
		{"table: t", "table: u"}, {"has(event.a)", "has(event.b)"}, {"key: a", "key: {column: a, window: 1d}"}, {"key: a\n", ""},
		{"match: has(event.a)\n", ""}, {"key: a", "key: a\ndrop: has(event.test)"}, {"key: a", "key: a\non_unknown_field: quarantine"},
		{"bigint", "integer"}, {"name: b", "name: c"}, {"[x, y]", "[x, z]"}, {"[x, y]", "[x]"}, {"enum: [x, y]", "const: x"},
		{"bigint, ", "bigint, minimum: 0, "}, {"bigint, ", "bigint, maximum: 0, "}, {"bigint, ", "bigint, from: c, "},
		{"bigint, ", "bigint, value: event.c, "}, {"bigint, ", "bigint, default: 1, "}, {"bigint, ", "bigint, empty_as_null: true, "},
		{"varchar, ", "varchar, maxLength: 3, "}, {"varchar, ", "varchar, minLength: 0, "}, {"varchar, ", "varchar, pii: mask, "},
		{"varchar, ", "varchar, pattern: x, "}, {"varchar, ", "varchar, format: email, "}, {"varchar, ", "varchar, required: true, "},
	} {
		text := strings.Replace(versioned, change[0], change[1], 1)
		got := compile(t, text).Version()
		if other, twice := seen[got]; twice {
			t.Errorf("%s for both\n%s\nand\n%s", got, text, other)
		}
		seen[got] = text
	}
}

func TestSourcesCompileToAnEqualSet(t *testing.T) {
	set := compile(t, versioned, strings.NewReplacer("table: t", "table: u", "match: has(event.a)\n", "").Replace(versioned))
	again, err := Compile(set.Sources())
	if err != nil || again.Version() != set.Version() || len(again.Tables()) != 2 {
		t.Errorf("%v, %s and %s", err, set.Version(), again.Version())
	}
	backwards := set.Sources()
	backwards[0], backwards[1] = backwards[1], backwards[0]
	if again, err = Compile(backwards); err != nil || again.Version() != set.Version() {
		t.Errorf("%v, %s and %s", err, set.Version(), again.Version())
	}
	if set.Table("u") == nil || set.Table("none") != nil {
		t.Error("tables are not found by name")
	}
}
