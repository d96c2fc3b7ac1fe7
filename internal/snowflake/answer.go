package snowflake

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/snowflake/sqltype"
)

// named finds the row whose name is exactly this: SHOW ... LIKE takes _ for any character and disregards case.
func (r *Run) named(n Name) map[string]string {
	for _, rows := range r.rows {
		for _, row := range rows {
			if row["name"] == string(n) {
				return row
			}
		}
	}
	return nil
}

// exists judges SHOW: the object is there, and belongs to the role.
func exists(kind string, name, owner Name) func(*Run) (bool, error) {
	return func(r *Run) (bool, error) {
		row := r.named(name)
		if row == nil {
			return false, nil
		}
		if has := row["owner"]; has != "" && has != string(owner) {
			return false, otherOwner(kind, name, has, owner)
		}
		return true, nil
	}
}

// property of DESC INTEGRATION.
func (r *Run) property(name string) string {
	for _, row := range r.rows[0] {
		if strings.EqualFold(row["property"], name) {
			return row["property_value"]
		}
	}
	return ""
}

// onlyCell is the answer of a SELECT with one value.
func (r *Run) onlyCell() string {
	for _, row := range r.rows[0] {
		for _, value := range row {
			return value
		}
	}
	return ""
}

// grant is one privilege that a role shall have.
type grant struct{ privilege, kind, name string }

func (g grant) sql(to Name) string {
	return fmt.Sprintf("GRANT %s ON %s %s TO ROLE %s", g.privilege, g.kind, g.name, to)
}

// granted judges SHOW GRANTS TO ROLE (privilege, granted_on, name) and SHOW FUTURE GRANTS.
func (g grant) granted(rows []map[string]string) bool {
	return slices.ContainsFunc(rows, func(row map[string]string) bool {
		return row["privilege"] == g.privilege && strings.ReplaceAll(row["granted_on"], "_", " ") == g.kind && sameName(row["name"], g.name)
	})
}

// sameName: SHOW GRANTS leaves out quotes where they are not needed.
func sameName(shown, quoted string) bool {
	return shown == quoted || strings.ReplaceAll(shown, `"`, "") == strings.ReplaceAll(quoted, `"`, "")
}

// shapeOf reads the columns of a table from SHOW COLUMNS, in the words of sqltype.Type. Without the table it is empty.
func shapeOf(rows []map[string]string, table Name) map[Name]string {
	shape := map[Name]string{}
	for _, row := range rows {
		if row["table_name"] == string(table) {
			shape[Name(row["column_name"])] = typeShown(row["data_type"])
		}
	}
	return shape
}

// typeShown turns SHOW COLUMNS' data_type, {"type":"FIXED","precision":10,"scale":0}, into SQL.
func typeShown(text string) string {
	var t struct {
		Type                     string
		Precision, Scale, Length int
	}
	if json.Unmarshal([]byte(text), &t) != nil {
		return text
	}
	return sqltype.Shown(sqltype.Facts{Name: t.Type, Precision: t.Precision, Scale: t.Scale, Length: t.Length})
}
