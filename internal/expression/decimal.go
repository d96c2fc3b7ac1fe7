package expression

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// decimalType is the type of decimal within cel-go.
var decimalType = types.NewOpaqueType("decimal")

// decimal is a number as a value of cel-go, where types.Int cannot hold it: it has a fraction, or
// is too large. Whole numbers (of scale 0) that fit are always a types.Int, so that cel-go can use
// them as an index, a count or seconds.
type decimal struct{ number }

// fromNumber makes a value of cel-go.
func fromNumber(n number) ref.Val {
	if n.big == nil && n.scale == 0 {
		return types.Int(n.coef)
	}
	return decimal{n}
}

// toNumber is the number a value of cel-go is, if it is one.
func toNumber(v ref.Val) (n number, ok bool) {
	switch v := v.(type) {
	case types.Int:
		return integer(int64(v)), true
	case decimal:
		return v.number, true
	case types.Uint: // only from a literal such as 3u
		n, err := parseText([]byte(fmt.Sprint(uint64(v))))
		return n, err == nil
	}
	return number{}, false
}

// fromResult makes a value of cel-go of what an operation on numbers gave.
func fromResult(n number, err *EvalError) ref.Val {
	if err != nil {
		return failure(err)
	}
	return fromNumber(n)
}

// failure is an error as a value of cel-go. It is a new one each time, because cel-go writes into it.
func failure(err *EvalError) ref.Val { return types.NewErr("%w", err) }

// ConvertToNative serves none of Go's types; numbers leave through toNumber.
func (d decimal) ConvertToNative(target reflect.Type) (any, error) {
	return nil, fmt.Errorf("a decimal is no %v", target)
}

// ConvertToType serves string(), dyn() and type().
func (d decimal) ConvertToType(target ref.Type) ref.Val {
	switch target {
	case types.StringType:
		return types.String(d.String())
	case types.TypeType:
		return decimalType
	case decimalType:
		return d
	}
	return failure(wrongType("a number is no " + target.TypeName()))
}

// Equal compares by value.
func (d decimal) Equal(other ref.Val) ref.Val {
	n, ok := toNumber(other)
	return types.Bool(ok && compare(d.number, n) == 0)
}

// Type is decimalType.
func (d decimal) Type() ref.Type { return decimalType }

// Value is the decimal itself.
func (d decimal) Value() any { return d }
