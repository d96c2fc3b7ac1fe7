package double

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

var option = regexp.MustCompile(`([A-Z_]+) = ('(?:[^'\\]|''|\\.)*'|\([^)]*\)|[A-Z0-9]+)`)

// formatOptions is SHOW FILE FORMATS' format_options: what a file format has, or by default, and what a statement sets.
func formatOptions(had, sql string) string {
	options := map[string]any{"TYPE": "CSV", "RECORD_DELIMITER": "\n", "FIELD_DELIMITER": ",", "SKIP_HEADER": 0, "DATE_FORMAT": "AUTO", "TIMESTAMP_FORMAT": "AUTO",
		"ESCAPE": "NONE", "ESCAPE_UNENCLOSED_FIELD": `\`, "TRIM_SPACE": false, "FIELD_OPTIONALLY_ENCLOSED_BY": "NONE", "NULL_IF": []string{`\N`},
		"COMPRESSION": "AUTO", "EMPTY_FIELD_AS_NULL": true, "ENCODING": "UTF8"}
	if had != "" {
		_ = json.Unmarshal([]byte(had), &options)
	}
	for _, m := range option.FindAllStringSubmatch(sql, -1) {
		switch value := m[2]; {
		case value == "TRUE", value == "FALSE":
			options[m[1]] = value == "TRUE"
		case value == "()":
			options[m[1]] = []string{}
		case value[0] == '\'':
			options[m[1]] = strings.NewReplacer(`\n`, "\n", `\\`, `\`).Replace(value[1 : len(value)-1])
		default:
			options[m[1]] = value
			if n, err := strconv.Atoi(value); err == nil {
				options[m[1]] = n
			}
		}
	}
	text, _ := json.Marshal(options)
	return string(text)
}
