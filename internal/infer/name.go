package infer

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/penstock/penstock/internal/contract"
)

// maxName is the longest name of a table or column (docs/contracts.md).
const maxName = 63

// snake makes the name of a field, file or type of event one that a table or column may have:
// orderId, order-id and "Order ID" become order_id.
func snake(text string) string {
	var out []rune
	runes := []rune(norm.NFC.String(text))
	for i, r := range runes {
		plain := []rune(strings.ToLower(Plain(string(r))))
		if len(plain) == 0 || unicode.IsUpper(r) && i > 0 && newWord(runes, i) {
			plain = append([]rune{'_'}, plain...)
		}
		for _, r := range plain {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
				r = '_'
			}
			if r != '_' || len(out) > 0 && out[len(out)-1] != '_' {
				out = append(out, r)
			}
		}
	}
	name := strings.Trim(string(out), "_")
	if name == "" || name[0] < 'a' {
		name = strings.Trim("f_"+name, "_")
	}
	return strings.TrimRight(name[:min(len(name), maxName)], "_")
}

// newWord says that a capital letter begins a word: after a small letter or digit, or as the last of
// several capitals before a small one, as in HTTPStatus.
func newWord(runes []rune, i int) bool {
	before := runes[i-1]
	if unicode.IsLower(before) || unicode.IsDigit(before) {
		return true
	}
	return unicode.IsUpper(before) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
}

// dated is what names of files often end with: a day, an hour, a part's number.
var dated = regexp.MustCompile(`([-_.]?[0-9]+)+$`)

// tableOfFile is the name of the table for a file's events.
func tableOfFile(name string) string {
	name = filepath.Base(name)
	for _, ext := range []string{".gz", ".ndjson", ".jsonl", ".json", ".csv", ".txt", ".log"} {
		name = strings.TrimSuffix(name, ext)
	}
	name = dated.ReplaceAllString(name, "")
	if name == "" || name == "-" || snake(name) == "f" {
		name = "events"
	}
	return tableName(name)
}

// tableName is the table for a type of event.
func tableName(text string) string {
	name := snake(text)
	switch {
	case name == contract.QuarantineName:
		return name + "_events"
	case slices.Contains(reserved, name):
		return name + "s"
	}
	return name
}

// columnName is the column for a field.
func columnName(text string) string {
	name := snake(text)
	if slices.Contains(reserved, name) {
		return name + "_"
	}
	return name
}

// reserved words can be names, but people would have to quote them in every query: those of
// duckdb_keywords() that DuckDB does not take as a column, and Snowflake's page "Reserved & limited
// keywords".
var reserved = strings.Fields(`
	account all alter analyse analyze and anti any array as asc asof asymmetric at authorization between binary both
	by case cast check collate collation column concurrently connect connection constraint create cross current
	current_date current_time current_timestamp current_user database default deferrable delete desc describe
	distinct do drop else end except exists false fetch following for foreign freeze from full glob grant group
	having ilike in increment initially inner insert intersect into is isnull issue join lambda lateral leading left
	like limit localtime localtimestamp minus natural not notnull null of offset on only or order organization outer
	overlaps pivot pivot_longer pivot_wider placing positional primary qualify references regexp returning revoke
	right rlike row rows sample schema select semi set show similar some start summarize symmetric table tablesample
	then to trailing trigger true try_cast union unique unpack unpivot update user using values variadic verbose
	view when whenever where window with`)

// taken makes names unique.
type taken map[string]bool

// name is the first of the names that is free, else the last with a number.
func (t taken) name(names ...string) string {
	last := names[len(names)-1]
	for n := 2; ; n++ {
		for _, name := range names {
			if !t[name] {
				t[name] = true
				return name
			}
		}
		suffix := "_" + itoa(n)
		names = []string{last[:min(len(last), maxName-len(suffix))] + suffix}
	}
}

// human is a name as people read it.
func human(name string) string {
	words := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}
