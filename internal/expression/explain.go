package expression

import (
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
)

// maxProblems is how many faults of one expression are told; the rest mostly follow from them.
const maxProblems = 3

// explain puts what cel-go found into words for people.
func explain(source string, issues *cel.Issues) error {
	lines := strings.Split(source, "\n")
	result := &CompileError{}
	for _, found := range issues.Errors() {
		if len(result.Problems) == maxProblems {
			break
		}
		p := Problem{Line: max(1, found.Location.Line()), Column: max(1, found.Location.Column()+1), Message: readable(found.Message)}
		before, after := "", ""
		if p.Line <= len(lines) {
			line := []rune(lines[p.Line-1])
			at := min(max(p.Column-1, 0), len(line))
			before, after = string(line[:at]), string(line[at:])
		}
		p.Message, p.Hint = reword(p.Message, before, after)
		result.Problems = append(result.Problems, p)
	}
	return result
}

var (
	operatorName = regexp.MustCompile(`'(?:_([^_\s]+)_|@?(in)|-_|!_)'`)
	expecting    = regexp.MustCompile(` expecting \{.*\}`)
	overload     = regexp.MustCompile(`^found no matching overload for '(.+)' applied to '(.*)'$`)
	undeclared   = regexp.MustCompile(`^undeclared reference to '([^']+)'$`)
	offending    = regexp.MustCompile(`(?:mismatched|extraneous) input '([^']*)'`)
)

// readable takes cel-go's inner names out of a message.
func readable(message string) string {
	message = strings.TrimPrefix(message, "Syntax error: ")
	message = strings.ReplaceAll(message, " (in container '')", "")
	message = strings.ReplaceAll(message, "'_?_:_'", "'? :'")
	message = strings.ReplaceAll(message, "'_[_]'", "'[ ]'")
	message = operatorName.ReplaceAllStringFunc(message, func(name string) string {
		return strings.NewReplacer("_", "", "@", "").Replace(name)
	})
	message = expecting.ReplaceAllString(message, " where a value should be")
	return strings.ReplaceAll(message, "<EOF>", "the end")
}

// reword says what is wrong and what to write instead. before and after are the line on both sides of
// the place.
func reword(message, before, after string) (reworded, hint string) {
	if m := overload.FindStringSubmatch(message); m != nil {
		return "'" + m[1] + "' is not for " + m[2], "convert one with string(), int() or decimal()"
	}
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return unknownName(m[1], strings.HasPrefix(after, "("))
	}
	word := ""
	if m := offending.FindStringSubmatch(message); m != nil {
		word = strings.ToLower(m[1])
	}
	switch {
	case word == "and":
		return message, "write && for and"
	case word == "or":
		return message, "write || for or"
	case word == "is":
		return message, "write == null, or !has(event.field)"
	case word == "like":
		return message, "write startsWith, endsWith, contains or matches, as in event.name.startsWith('A')"
	case word == ">" && strings.HasSuffix(before, "<"):
		return message, "write != for not equal"
	case word == "," && strings.Contains(before, " in ("):
		return message, "write a list in brackets: in [1, 2]"
	case word != "" && strings.HasSuffix(strings.ToLower(strings.TrimRight(before, " ")), "not"):
		return message, "write ! for not"
	case strings.HasPrefix(message, "token recognition error at: '= '"), strings.HasPrefix(message, "token recognition error at: '='"):
		return "a single = is no operator", "write == to compare"
	case strings.HasPrefix(message, "token recognition error at: ''"), strings.HasPrefix(message, "token recognition error at: '\""):
		return "a text has no closing quote", "close it with the quote it begins with"
	case message == "invalid int literal":
		return "the number is too large for a plain literal", `write decimal("...") with its digits`
	case message == "invalid argument to has() macro":
		return "has() needs a field", "write has(event.order_id)"
	case strings.Contains(message, "expected type 'bool'"):
		return message, "write a condition, such as event.amount > 0"
	}
	return message, ""
}

// unknownName is the message for a name that is neither event nor a function.
func unknownName(name string, called bool) (message, hint string) {
	switch strings.ToLower(name) {
	case "now", "today", "current_timestamp", "random", "rand", "uuid":
		return "there is no " + name, "expressions know no clock and no randomness, so that a replay gives the same rows"
	case "not":
		return "there is no " + name, "write ! for not"
	case "length", "len", "count":
		return "there is no function " + name, "write size(...)"
	case "lower", "tolower", "lowercase":
		return "there is no function " + name, "write event.name.lowerAscii()"
	case "upper", "toupper", "uppercase":
		return "there is no function " + name, "write event.name.upperAscii()"
	case "coalesce", "ifnull", "nvl":
		return "there is no function " + name, "write has(event.a) ? event.a : event.b"
	}
	if called {
		return "there is no function " + name, ""
	}
	return "there is no variable " + name, "write event." + name
}
