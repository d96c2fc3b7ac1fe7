package kinesis

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxViolations is how many violations AWS lists before it stops looking.
const maxViolations = 10

// violations collects what is wrong with a request's members by themselves, before anything is
// looked up, in AWS's words.
type violations struct{ list []string }

// add notes that a member breaks a constraint. path is the member's, its first letter small.
func (v *violations) add(value, path, constraint string) {
	if len(v.list) < maxViolations {
		v.list = append(v.list, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", value, path, constraint))
	}
}

func (v *violations) full() bool { return len(v.list) >= maxViolations }

// failure is the answer, nil if nothing is wrong.
func (v *violations) failure() *failure {
	switch n := len(v.list); n {
	case 0:
		return nil
	case 1:
		return failf("ValidationException", "1 validation error detected: %s", v.list[0])
	default:
		return failf("ValidationException", "%d validation errors detected: %s", n, strings.Join(v.list, "; "))
	}
}

const notNull = "Member must not be null"

// required notes a member that is not there.
func (v *violations) required(path string, set bool) {
	if !set {
		v.add("null", path, notNull)
	}
}

// length checks how long a value is: characters, elements or bytes.
func (v *violations) length(value, path string, n, least, most int) {
	if n < least {
		v.add(value, path, "Member must have length greater than or equal to "+strconv.Itoa(least))
	}
	if n > most {
		v.add(value, path, "Member must have length less than or equal to "+strconv.Itoa(most))
	}
}

// text checks a text that is there: its length in characters and, if pattern is not nil, all of it
// against the pattern, which is written as AWS shows it.
func (v *violations) text(path string, t text, least, most int, pattern *regexp.Regexp) {
	if !t.set {
		return
	}
	if pattern != nil {
		if at := pattern.FindStringIndex(t.value); at == nil || at[0] != 0 || at[1] != len(t.value) {
			v.add(quote(t.value), path, "Member must satisfy regular expression pattern: "+pattern.String())
		}
	}
	v.length(quote(t.value), path, utf8.RuneCountInString(t.value), least, most)
}

// number checks a number that is there.
func (v *violations) number(path string, n number, least, most int64) {
	if !n.set {
		return
	}
	value := quote(strconv.FormatInt(n.value, 10))
	if n.value < least {
		v.add(value, path, fmt.Sprintf("Member must have value greater than or equal to %d", least))
	}
	if n.value > most {
		v.add(value, path, fmt.Sprintf("Member must have value less than or equal to %d", most))
	}
}

// oneOf checks a text that is there against an enumeration.
func (v *violations) oneOf(path string, t text, values ...string) {
	if !t.set {
		return
	}
	for _, value := range values {
		if t.value == value {
			return
		}
	}
	v.add(quote(t.value), path, "Member must satisfy enum value set: ["+strings.Join(values, ", ")+"]")
}

// maxShown is how many bytes of a value an error text shows. AWS shows all of it, which is no more
// for names, keys and iterators of a size that anybody sends by mistake.
const maxShown = 1024

// quote shows a value in an error text.
func quote(value string) string { return "'" + clipTo(value, maxShown) + "'" }

// quoteList shows a list as AWS does.
func quoteList(values []string) string {
	return quote("[" + joined(values, func(value string) string { return clipTo(value, maxShown) }) + "]")
}

// quoteMap shows a map as AWS does, by ascending key.
func quoteMap(values map[string]string) string {
	return quote("{" + joined(slices.Sorted(maps.Keys(values)), func(key string) string {
		return clipTo(key, maxShown) + "=" + clipTo(values[key], maxShown)
	}) + "}")
}

// joined joins what show makes of values, as far as an error text goes.
func joined(values []string, show func(string) string) string {
	var text strings.Builder
	for i, value := range values {
		if text.Len() > maxShown {
			break
		}
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(show(value))
	}
	return text.String()
}

// The patterns of the protocol. All are anchored by violations.text.
var (
	namePattern     = longest(`[a-zA-Z0-9_.-]+`)
	arnPattern      = longest(`arn:aws.*:kinesis:.*:\d{12}:stream/\S+`)
	sequencePattern = longest(`0|([1-9]\d{0,128})`)
	hashKeyPattern  = longest(`0|([1-9]\d{0,38})`)
)

// longest compiles a pattern whose match is the longest one, so that it covers a whole text if
// it can.
func longest(pattern string) *regexp.Regexp {
	re := regexp.MustCompile(pattern)
	re.Longest()
	return re
}
