package contract

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

// shape reads "a bigint, b decimal(4,2)" as a table.
func shape(t *testing.T, text string) *Table {
	t.Helper()
	table := &Table{Name: "t"}
	for _, column := range strings.Split(text, ", ") {
		name, typ, _ := strings.Cut(column, " ")
		parsed, err := ParseType(typ)
		if err != nil {
			t.Fatal(err)
		}
		table.Columns = append(table.Columns, Column{Name: name, Type: parsed})
	}
	return table
}

func TestChanges(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"a bigint", "a bigint", ""},
		{"a bigint", "a bigint, b varchar, c json", "add b varchar; add c json; "},
		{"a integer, b decimal(4,2)", "a bigint, b decimal(6,2)", "a integer to bigint; b decimal(4,2) to decimal(6,2); "},
		{"a integer", "a bigint, b date", "a integer to bigint; add b date; "},
		{"a bigint", "a integer", `refused: column "a" was bigint and is now integer`},
		{"a decimal(6,2)", "a decimal(4,2)", "refused: column"},
		{"a decimal(6,2)", "a decimal(8,3)", "refused: column"},
		{"a bigint", "a varchar", "refused: column"},
		{"a bigint, b date", "b date, a bigint", `refused: column "a" was number 1 and is now number 2`},
		{"a bigint, b date", "a bigint", `refused: column "b", number 2, is gone or renamed`},
		{"a bigint, b date", "a bigint, c date", `refused: column "b", number 2, is gone or renamed`},
		{"a bigint, b date", "a bigint, x date, b date", `refused: column "b" was number 2 and is now number 3`},
	} {
		changes, err := Changes(shape(t, c.old), shape(t, c.new))
		got := ""
		for _, change := range changes {
			if change.Add {
				got += fmt.Sprintf("add %s %s; ", change.Column.Name, change.Column.Type)
			} else {
				got += fmt.Sprintf("%s %s to %s; ", change.Column.Name, change.From, change.Column.Type)
			}
		}
		var refused *event.Error
		if errors.As(err, &refused) {
			got = "refused: " + strings.TrimPrefix(refused.Message, `table "t" cannot be changed in place: `)
			if refused.Hint == "" || refused.Code != "table_change" {
				t.Errorf("%+v", refused)
			}
		}
		refusal := strings.HasPrefix(c.want, "refused")
		if refusal && !strings.HasPrefix(got, c.want) || !refusal && got != c.want {
			t.Errorf("%s to %s: %q, want %q", c.old, c.new, got, c.want)
		}
	}
	renamed := shape(t, "a bigint")
	renamed.Name = "u"
	if _, err := Changes(shape(t, "a bigint"), renamed); err == nil {
		t.Error("a table was renamed")
	}
}
