package snowflake

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake/sqltype"
)

// untouchedOptions have in a new file format the values that our files need.
func untouchedOptions() []sqltype.Option {
	return []sqltype.Option{{Name: "TRIM_SPACE", SQL: "FALSE"}, {Name: "DATE_FORMAT", SQL: "AUTO"}, {Name: "TIMESTAMP_FORMAT", SQL: "AUTO"}}
}

// CreateFileFormat is a CSV format for files with skipped header lines.
func (n Names) CreateFileFormat(name Name, skipped int) string {
	return fmt.Sprintf("CREATE FILE FORMAT IF NOT EXISTS %s TYPE = CSV %s", n.raw(name), sqltype.Written(sqltype.CSV(skipped)))
}

// AlterFileFormat sets all options that matter.
func (n Names) AlterFileFormat(name Name, skipped int) string {
	return fmt.Sprintf("ALTER FILE FORMAT %s SET %s", n.raw(name), sqltype.Written(append(sqltype.CSV(skipped), untouchedOptions()...)))
}

// otherOptions are those that SHOW FILE FORMATS tells otherwise than we set them, as "ESCAPE is \\". What it does not tell
// counts as right: the shape of its format_options is not documented.
func otherOptions(formatOptions string, skipped int) []string {
	var shown map[string]any
	if json.Unmarshal([]byte(formatOptions), &shown) != nil {
		return nil
	}
	var other []string
	for _, o := range append(sqltype.CSV(skipped), untouchedOptions()...) {
		value, told := shown[o.Name]
		if text := optionShown(value); told && text != strings.Trim(o.SQL, "'") && !slices.Contains(o.Shown, text) {
			other = append(other, o.Name+" is "+text)
		}
	}
	return other
}

// optionShown is an option's value as SQL has it. Snowflake shows () and (”) alike.
func optionShown(value any) string {
	switch v := value.(type) {
	case nil:
		return "NONE"
	case bool:
		return strings.ToUpper(fmt.Sprint(v))
	case []any:
		var all []string
		for _, each := range v {
			if each != "" {
				all = append(all, fmt.Sprint(each))
			}
		}
		return "(" + strings.Join(all, ", ") + ")"
	case string:
		return strings.ReplaceAll(v, "\n", `\n`)
	}
	return fmt.Sprint(value)
}

// fileFormat makes a file format, or sets the options of one that was changed.
func (r *Run) fileFormat(name Name, skipped int) task {
	n := r.cfg.Names
	t := r.inRaw("file format", name, "FILE FORMATS", n.CreateFileFormat(name, skipped))
	there, create := t.so, t.do
	other := func(r *Run) []string { return otherOptions(r.named(name)["format_options"], skipped) }
	altered := false // what it shows then is right: how Snowflake writes an option is its own affair
	t.so = func(r *Run) (bool, error) {
		so, err := there(r)
		if err != nil || !so {
			return false, err
		}
		if kind := r.named(name)["type"]; kind != "" && kind != "CSV" {
			return false, &event.Error{Code: "other_format", Message: fmt.Sprintf("the file format %s is for %s, and the lake holds CSV", n.raw(name), kind),
				Hint: fmt.Sprintf("DROP FILE FORMAT %s, then run `penstock snowflake setup`; or choose another --name", n.raw(name))}
		}
		return altered || len(other(r)) == 0, nil
	}
	t.do = func(r *Run) []Call {
		if r.dry() || r.named(name) == nil {
			return create(r)
		}
		altered = true
		return []Call{change(n.Loader, n.AlterFileFormat(name, skipped))}
	}
	t.why = func(r *Run) string {
		if r.named(name) == nil {
			return ""
		}
		return "its options are not those our files are written for: " + strings.Join(other(r), ", ")
	}
	return t
}
