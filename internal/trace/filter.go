package trace

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/expression"
)

// celPrefix begins a filter that is a condition.
const celPrefix = "cel:"

// filter decides which events a tail shows. It belongs to one goroutine.
type filter struct {
	text      []byte
	condition *expression.Program
	parser    document.Parser
	scratch   expression.Scratch
}

func newFilter(text string) (*filter, error) {
	source, isCondition := strings.CutPrefix(text, celPrefix)
	if !isCondition {
		if n := utf8.RuneCountInString(text); n > MaxKey {
			return nil, filterError(fmt.Sprintf("the text has %d characters, more than %d", n, MaxKey), nil)
		}
		return &filter{text: []byte(text)}, nil
	}
	condition, err := expression.Compile(source)
	if err != nil {
		return nil, filterError("the condition is wrong", err)
	}
	if condition.NeverBool() {
		return nil, filterError("the condition is neither true nor false", nil)
	}
	return &filter{condition: condition}, nil
}

func filterError(message string, err error) error {
	return &event.Error{Code: "filter", Message: message, Err: err, Hint: "write a text, or a condition such as cel:event.city == \"Berlin\""}
}

// takes says whether the event is to be shown. One that a condition has no answer for is not.
func (f *filter) takes(r *event.Record) bool {
	if f.condition == nil {
		return bytes.Contains(r.Data, f.text)
	}
	root, err := f.parser.Parse(r.Data)
	if err != nil {
		return false
	}
	f.scratch.Reset()
	yes, err := f.condition.Bool(root, &f.scratch)
	return err == nil && yes
}
