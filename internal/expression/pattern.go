package expression

import (
	"fmt"
	"regexp"
	"regexp/syntax"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// matchesFunction is CEL's name for text.matches(pattern).
const matchesFunction = "matches"

const (
	// maxPattern is the largest pattern, in instructions of RE2's program.
	maxPattern = 5000
	// maxMatching bounds a match: the length of the text times the size of the pattern.
	maxMatching = 200_000_000
)

// pattern is a compiled regular expression of RE2's syntax, which takes time proportional to
// text and pattern, but no more.
type pattern struct {
	re   *regexp.Regexp
	size int
}

func compilePattern(text string) (*pattern, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	if len(program.Inst) > maxPattern {
		return nil, fmt.Errorf("it is too large: %d instructions, at most %d are allowed", len(program.Inst), maxPattern)
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return &pattern{re: re, size: len(program.Inst)}, nil
}

// affordable tells whether a text of that length may be matched.
func (p *pattern) affordable(length int) bool { return length*p.size <= maxMatching }

func (p *pattern) matchString(e *evaluation, text ref.Val) ref.Val {
	s, ok := text.(types.String)
	switch {
	case !ok:
		return failure(errTextNeeded)
	case !p.affordable(len(s)), !e.spend(len(s) * p.size / 4):
		return failure(errTooCostly)
	}
	return types.Bool(p.re.MatchString(string(s)))
}

var errPattern = &EvalError{Fault: OutOfRange, Message: "a text is no pattern in RE2's syntax, or too large a one"}

// matches is text.matches(pattern) for a pattern that depends on the event.
func matches(e *evaluation, args []ref.Val) ref.Val {
	text, ok := args[1].(types.String)
	if !ok {
		return failure(errTextNeeded)
	}
	if !e.spend(1000 * len(text)) {
		return failure(errTooCostly)
	}
	p, err := compilePattern(string(text))
	if err != nil {
		return failure(errPattern)
	}
	e.spend(200 * p.size)
	return p.matchString(e, args[0])
}
