package expression

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/penstock/penstock/internal/document"
)

// runFull runs the program by cel-go.
func (p *Program) runFull(event document.Value) (Result, error) {
	e := newEvaluation(event)
	out, _, err := p.full.Eval(e)
	switch {
	case e.overspent(): // whatever the result: loops were cut short
		return Result{}, errTooCostly
	case err != nil:
		return Result{}, p.evalError(err)
	}
	return resultOf(out)
}

// evalError says in our words why cel-go has no result.
func (p *Program) evalError(err error) *EvalError {
	var ours *EvalError
	if errors.As(err, &ours) {
		return ours
	}
	message := err.Error()
	if key, ok := strings.CutPrefix(message, "no such key: "); ok {
		if p.constants[key] {
			return missingField(key)
		}
		return &EvalError{Fault: MissingField, Message: "the event has no field of a computed name"}
	}
	switch {
	case strings.HasPrefix(message, "index out of bounds"):
		return errOutsideList
	case strings.HasPrefix(message, "internal error"):
		return &EvalError{Fault: OutOfRange, Message: "the expression fails on this event"}
	}
	return wrongType("a value is of a type, or has a content, that the expression cannot use")
}

// resultOf is a value of cel-go as a Result.
func resultOf(v ref.Val) (Result, error) {
	if n, ok := toNumber(v); ok {
		return Result{Kind: Number, Bytes: n.append(nil)}, nil
	}
	switch v := v.(type) {
	case types.Null:
		return Result{Kind: Null}, nil
	case types.Bool:
		return Result{Kind: Bool, Bool: bool(v)}, nil
	case types.String:
		return Result{Kind: Text, Bytes: []byte(v)}, nil
	case types.Timestamp:
		return Result{Kind: Text, Bytes: v.Time.UTC().AppendFormat(nil, time.RFC3339Nano)}, nil
	case types.Duration:
		return Result{Kind: Text, Bytes: []byte(v.Duration.String())}, nil
	case traits.Lister, traits.Mapper:
		text, err := appendJSON(nil, v)
		if err != nil {
			return Result{}, err
		}
		return Result{Kind: JSON, Bytes: text}, nil
	}
	return Result{}, errNoResult
}

var errNoResult = wrongType("the result is of a type no column can take")

// appendJSON writes a value of cel-go as JSON. What comes from the event is written as it was sent.
func appendJSON(dst []byte, v ref.Val) ([]byte, error) {
	switch v := v.(type) {
	case *list:
		return append(dst, v.v.Raw()...), nil
	case *object:
		if v.v.Exists() {
			return append(dst, v.v.Raw()...), nil
		}
		return appendObject(dst, v)
	case traits.Lister:
		dst = append(dst, '[')
		for i := types.Int(0); i < v.Size().(types.Int); i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			var err error
			if dst, err = appendJSON(dst, v.Get(i)); err != nil {
				return nil, err
			}
			if len(dst) > maxText {
				return nil, errTooCostly
			}
		}
		return append(dst, ']'), nil
	case *types.Err:
		var ours *EvalError
		if errors.As(v, &ours) {
			return nil, ours
		}
	}
	r, err := resultOf(v)
	switch {
	case err != nil:
		return nil, err
	case r.Kind == Null:
		return append(dst, "null"...), nil
	case r.Kind == Bool:
		return strconv.AppendBool(dst, r.Bool), nil
	case r.Kind == Number:
		return append(dst, r.Bytes...), nil
	case r.Kind == Text:
		return appendQuoted(dst, r.Bytes), nil
	}
	return nil, errNoResult
}

func appendObject(dst []byte, o *object) ([]byte, error) {
	dst = append(dst, '{')
	for i, name := range o.names {
		if i > 0 {
			dst = append(dst, ',')
		}
		text, ok := textOfValue(name).(types.String)
		if !ok {
			return nil, errNoResult
		}
		dst = append(appendQuoted(dst, []byte(text)), ':')
		var err error
		if dst, err = appendJSON(dst, o.fields[name]); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// appendQuoted writes a text as a JSON string.
func appendQuoted(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
