package contract

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/spelling"
)

func (b *columnBuilder) checks(d *columnDefinition) textChecks {
	t := textChecks{maxLength: -1}
	if d.minLength.line > 0 || d.maxLength.line > 0 {
		t.any, t.minLength = true, d.minLength.value
		text := fmt.Sprintf("is shorter than %d characters", d.minLength.value)
		if d.maxLength.line > 0 {
			t.maxLength = d.maxLength.value
			text = fmt.Sprintf("is not %d to %d characters long", d.minLength.value, d.maxLength.value)
		}
		if t.maxLength >= 0 && t.maxLength < t.minLength {
			b.fault(d.maxLength.line, fmt.Sprintf("maxLength %d is below minLength %d", t.maxLength, t.minLength), "exchange them")
		}
		t.lengthRefusal = &refusal{event.ReasonLength, text}
	}
	if d.pattern.given() {
		t.any = true
		pattern, err := regexp.Compile(d.pattern.value)
		if err != nil {
			b.fault(d.pattern.line, "pattern: "+strings.TrimPrefix(err.Error(), "error parsing regexp: "),
				"write it as RE2 reads it: no lookahead, lookbehind or backreferences; single quotes keep backslashes")
		}
		t.pattern = pattern
		t.patternRefusal = &refusal{event.ReasonPattern, "does not match the pattern " + printable(d.pattern.value)}
	}
	if d.format.given() {
		t.any = true
		formats := textFormats()
		if t.format = formats[d.format.value]; t.format == nil {
			b.fault(d.format.line, fmt.Sprintf("format does not know %q", printable(d.format.value)), insteadOfFormat(d.format.value))
		}
		t.formatRefusal = &refusal{event.ReasonFormat, "is not of the format " + d.format.value}
	}
	return t
}

func insteadOfFormat(wrong string) string {
	var names []string
	for name := range textFormats() {
		names = append(names, name)
	}
	sort.Strings(names)
	if wrong == "url" {
		return `write "uri"`
	}
	if near := spelling.Nearest(wrong, names); near != "" {
		return fmt.Sprintf("write %q", near)
	}
	return "write one of " + strings.Join(names, ", ") + ", or use pattern"
}
