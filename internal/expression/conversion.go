package expression

import (
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// toInteger is int(x): a number without its fraction, a text as a number without a
// fraction, a timestamp as seconds since 1970.
func toInteger(_ *evaluation, args []ref.Val) ref.Val {
	if n, ok := toNumber(args[0]); ok {
		return fromResult(round(n, 0, inward))
	}
	text, ok := args[0].(types.String)
	if !ok {
		return args[0].ConvertToType(types.IntType)
	}
	return fromResult(integerText([]byte(text)))
}

// toUnsigned is uint(x): int(x), if that is not negative.
func toUnsigned(e *evaluation, args []ref.Val) ref.Val {
	v := toInteger(e, args)
	if n, ok := toNumber(v); ok && n.sign() < 0 {
		return failure(errNegative)
	}
	return v
}

var errNegative = &EvalError{Fault: OutOfRange, Message: "uint() of a negative number"}

// integerText reads digits with a sign.
func integerText(text []byte) (number, *EvalError) {
	n, err := parseText(text)
	if err != nil {
		return number{}, err
	}
	if strings.ContainsAny(string(text), ".eE") {
		return number{}, errNotAnInteger
	}
	return n, nil
}

var errNotAnInteger = &EvalError{Fault: OutOfRange, Message: "a text is no whole number"}

// toDecimal is decimal(x) and double(x): a number as it is, or a text that is one.
func toDecimal(_ *evaluation, args []ref.Val) ref.Val {
	if _, ok := toNumber(args[0]); ok {
		return args[0]
	}
	text, ok := args[0].(types.String)
	if !ok {
		return failure(wrongType("decimal() is not for a " + typeName(args[0])))
	}
	return fromResult(parseText([]byte(text)))
}

// toText is string(x): a number in plain digits; everything else as CEL does.
func toText(_ *evaluation, args []ref.Val) ref.Val { return textOfValue(args[0]) }

func textOfValue(v ref.Val) ref.Val {
	if n, ok := toNumber(v); ok {
		return types.String(n.String())
	}
	return v.ConvertToType(types.StringType)
}

// roundTo is round(x) and round(x, digits).
func roundTo(_ *evaluation, args []ref.Val) ref.Val {
	n, ok := toNumber(args[0])
	digits := number{}
	if len(args) == 2 && ok {
		digits, ok = toNumber(args[1])
	}
	if !ok {
		return failure(errRoundType)
	}
	return fromResult(roundNumber(n, digits))
}

var (
	errRoundType   = wrongType("round needs a number, and a number of digits")
	errRoundDigits = &EvalError{Fault: OutOfRange, Message: "round needs a whole number of digits, from -1000 to 1000"}
)

func roundNumber(n, digits number) (number, *EvalError) {
	to, whole := digits.int64()
	if !whole || to < -maxDigits || to > maxDigits {
		return number{}, errRoundDigits
	}
	return round(n, int(to), halfUp)
}

func floor(n number) (number, *EvalError)   { return round(n, 0, downward) }
func ceiling(n number) (number, *EvalError) { return round(n, 0, upward) }

// least is min(...), and with want 1 max(...): of its arguments, or of the list that is its only one.
func least(want int) operation {
	return func(e *evaluation, args []ref.Val) ref.Val {
		if l, ok := args[0].(traits.Lister); ok && len(args) == 1 {
			args = nil
			for i := types.Int(0); i < l.Size().(types.Int); i++ {
				args = append(args, l.Get(i))
			}
		}
		if len(args) == 0 {
			return failure(errNoLeast)
		}
		if !e.spend(50 * len(args)) {
			return failure(errTooCostly)
		}
		best, ok := toNumber(args[0])
		for _, arg := range args[1:] {
			if types.IsError(arg) {
				return arg
			}
			n, isNumber := toNumber(arg)
			if ok = ok && isNumber; ok && compare(n, best) == want {
				best = n
			}
		}
		if !ok {
			return failure(errLeastType)
		}
		return fromNumber(best)
	}
}

var (
	errNoLeast   = &EvalError{Fault: OutOfRange, Message: "an empty list has no least or greatest number"}
	errLeastType = wrongType("min and max are for numbers")
)
