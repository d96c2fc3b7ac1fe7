package chart

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/event"
)

// maxValueBytes bounds a filter's value: far longer than a label people choose from.
const maxValueBytes = 1000

// checkValue refuses what no column of text holds.
func checkValue(text string) error {
	switch {
	case len(text) > maxValueBytes:
		return badState("a filter's value is longer than %d bytes", maxValueBytes)
	case !utf8.ValidString(text):
		return badState("a filter's value is not UTF-8 text")
	case strings.IndexByte(text, 0) >= 0:
		return badState("a filter's value holds a NUL character")
	}
	return nil
}

// badState is the error of a range or filter that cannot be.
func badState(format string, args ...any) error {
	return &event.Error{
		Code: "bad_state", Message: fmt.Sprintf(format, args...),
		Hint: "a state is range=24h or from= and to=, compare=1, and f.NAME=VALUE for each filter value",
	}
}
