package expression

import (
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// maxFormatted bounds the text format makes.
const maxFormatted = 1 << 20

var (
	errFormatType  = wrongType("a value does not suit its place in format: %s takes texts, numbers and booleans, %d whole numbers, %f numbers")
	errFormatVerb  = &EvalError{Fault: OutOfRange, Message: "format knows %s, %d, %f, %.2f (any digits up to 100) and %%"}
	errFormatCount = &EvalError{Fault: OutOfRange, Message: "format has fewer values than places"}
)

// format is "...".format([...]). It differs from cel-go's in that numbers are exact: %.2f rounds halves
// away from zero, as round does, and %s shows the digits there are.
func format(e *evaluation, args []ref.Val) ref.Val {
	pattern, ok := args[0].(types.String)
	values, ok2 := args[1].(traits.Lister)
	if !ok || !ok2 {
		return failure(errFormatType)
	}
	rest, next := string(pattern), types.Int(0)
	var out []byte
	for {
		before, after, found := strings.Cut(rest, "%")
		out = append(out, before...)
		if !found {
			return types.String(out)
		}
		digits, verb, after := formatVerb(after)
		rest = after
		if verb == '%' && digits < 0 {
			out = append(out, '%')
			continue
		}
		if next >= values.Size().(types.Int) {
			return failure(errFormatCount)
		}
		value := values.Get(next)
		next++
		switch {
		case types.IsError(value):
			return value
		case !e.spend(50 + weight(value)):
			return failure(errTooCostly)
		}
		var err *EvalError
		if out, err = appendFormatted(out, verb, digits, value); err != nil {
			return failure(err)
		}
		if len(out) > maxFormatted {
			return failure(errTooCostly)
		}
	}
}

// formatVerb reads ".2f" or "s"; digits is -1 where none are given, verb 0 where it is not known.
func formatVerb(text string) (digits int, verb byte, rest string) {
	digits = -1
	if strings.HasPrefix(text, ".") {
		n := leadingDigits([]byte(text[1:]))
		var err error
		if digits, err = strconv.Atoi(text[1 : 1+n]); err != nil || digits > 100 {
			return 0, 0, ""
		}
		text = text[1+n:]
	}
	if text == "" {
		return 0, 0, ""
	}
	return digits, text[0], text[1:]
}

func appendFormatted(out []byte, verb byte, digits int, value ref.Val) ([]byte, *EvalError) {
	n, isNumber := toNumber(value)
	switch {
	case verb == 's' && digits < 0:
		text, ok := textOfValue(value).(types.String)
		if !ok {
			return out, errFormatType
		}
		return append(out, text...), nil
	case verb == 'd' && digits < 0:
		if isNumber {
			n = n.trimmed(0)
		}
		if !isNumber || n.scale != 0 {
			return out, errFormatType
		}
		return n.append(out), nil
	case verb == 'f':
		if !isNumber {
			return out, errFormatType
		}
		if digits < 0 {
			digits = 6
		}
		n, err := withScale(n, digits)
		if err != nil {
			return out, err
		}
		return n.append(out), nil
	}
	return out, errFormatVerb
}

// withScale rounds to, or fills up to, exactly that many digits after the point.
func withScale(n number, digits int) (number, *EvalError) {
	n, err := round(n, digits, halfUp)
	if err != nil || int(n.scale) == digits {
		return n, err
	}
	return add(n, number{scale: int32(digits)})
}
