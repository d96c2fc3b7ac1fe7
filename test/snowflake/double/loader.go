package double

import (
	"regexp"
	"slices"
	"strings"
)

// qualified is the full name of an object that a session names by itself.
func (s *session) qualified(kind, n string) string {
	inSchema := slices.Contains([]string{"TABLE", "STAGE", "FILE FORMAT", "PIPE", "VIEW", "EXTERNAL TABLE"}, kind)
	if !inSchema || strings.Contains(n, ".") || s.schema == "" {
		return n
	}
	return s.database + "." + s.schema + "." + n
}

// one is what the driver asks to see whether a session lives.
func (a *Account) one(*session, []string) answer { return cell("1", "1") }

func (a *Account) insert(*session, []string) answer { return cell("number of rows inserted", "1") }

// columns answers INFORMATION_SCHEMA.COLUMNS of the session's database, in the words of that view.
func (a *Account) columns(s *session, m []string) answer {
	in := s.database + "." + m[2]
	if !a.sees(s.role, in) {
		return missing("Schema '" + in + "'")
	}
	var rows []map[string]string
	for _, o := range a.list("TABLE", in) {
		for _, c := range typed.FindAllStringSubmatch(o.attributes["columns"], -1) {
			column, _ := name(c[1])
			row := map[string]string{"TABLE_NAME": last(o.name), "COLUMN_NAME": column, "DATA_TYPE": c[2]}
			switch c[2] {
			case "NUMBER":
				row["NUMERIC_PRECISION"], row["NUMERIC_SCALE"] = c[3], c[4]
			case "VARCHAR", "TEXT":
				row["DATA_TYPE"], row["CHARACTER_MAXIMUM_LENGTH"] = "TEXT", "16777216"
				if c[3] != "" {
					row["CHARACTER_MAXIMUM_LENGTH"] = c[3]
				}
			}
			rows = append(rows, row)
		}
	}
	return table([]string{"TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "NUMERIC_PRECISION", "NUMERIC_SCALE", "CHARACTER_MAXIMUM_LENGTH"}, rows)
}

var setType = regexp.MustCompile(`COLUMN ("(?:[^"]|"")*") SET DATA TYPE ([A-Z_]+(?:\([0-9,]+\))?)`)

// altered is a table's list of columns after ALTER COLUMN ... SET DATA TYPE.
func altered(columns, change string) string {
	for _, c := range setType.FindAllStringSubmatch(change, -1) {
		had := regexp.MustCompile(regexp.QuoteMeta(c[1]) + ` [A-Z_]+(?:\([0-9,]+\))?`)
		columns = had.ReplaceAllLiteralString(columns, c[1]+" "+c[2])
	}
	return columns
}
