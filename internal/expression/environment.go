package expression

import (
	"sync"
	_ "time/tzdata" // the same time zones on every machine

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"
)

const (
	// eventName is the one variable of an expression.
	eventName = "event"
	// literalFunction stands, in a parsed expression, for a literal with a fraction or exponent. Its
	// argument is the literal's text. People cannot write the name.
	literalFunction = "@decimal"
	// hasFunction stands for has(a.b); its arguments are a and the text b.
	hasFunction = "@has"
)

// Limits on an expression and on what it may do. An honest expression is far from all of them.
const (
	maxNesting = 200
	// maxCost is in cel-go's units; one is about 100 ns.
	maxCost = 2_000_000
)

// environment is the language of expressions. It is immutable, and takes a millisecond to make.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.Variable(eventName, cel.DynType),
		cel.DefaultUTCTimeZone(true),
		cel.ParserExpressionSizeLimit(MaxLength),
		cel.ParserRecursionLimit(maxNesting),
		cel.ExpressionNestingDepthLimit(maxNesting),
		ext.Strings(ext.StringsVersion(0)), // later ones hold format to binary floating point
		ext.Encoders(ext.EncodersVersion(0)),
		ext.Bindings(),
		ownFunctions(),
	)
})

// ownFunctions declares what CEL does not have. A decimal is dyn to cel-go's checker, which then lets
// numbers of all kinds meet.
func ownFunctions() cel.EnvOption {
	dyn, list := cel.DynType, cel.ListType(cel.DynType)
	unary := func(name string, op operation) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_dyn", []*cel.Type{dyn}, dyn,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return op([]ref.Val{v}) })))
	}
	extreme := func(name string, want int) cel.EnvOption {
		overloads := []cel.FunctionOpt{
			cel.Overload(name+"_list", []*cel.Type{list}, dyn),
			cel.SingletonFunctionBinding(least(want)),
		}
		for count, suffix := range []string{"", "", "_2", "_3", "_4", "_5"} {
			if suffix != "" {
				overloads = append(overloads, cel.Overload(name+suffix, repeat(dyn, count), dyn))
			}
		}
		return cel.Function(name, overloads...)
	}
	options := []cel.EnvOption{
		cel.Function(literalFunction, cel.Overload("decimal_literal", []*cel.Type{cel.StringType}, dyn,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return toDecimal([]ref.Val{v}) }))),
		cel.Function(hasFunction, cel.Overload("has_field", []*cel.Type{dyn, cel.StringType}, cel.BoolType,
			cel.BinaryBinding(hasField))),
		unary("decimal", toDecimal),
		unary("abs", ofNumber(absolute)),
		unary("floor", ofNumber(floor)),
		unary("ceil", ofNumber(ceiling)),
		cel.Function("round",
			cel.Overload("round_dyn", []*cel.Type{dyn}, dyn),
			cel.Overload("round_dyn_digits", []*cel.Type{dyn, dyn}, dyn),
			cel.SingletonFunctionBinding(roundTo)),
		cel.Function("format", cel.MemberOverload("text_format", []*cel.Type{cel.StringType, list}, cel.StringType,
			cel.BinaryBinding(func(a, b ref.Val) ref.Val { return format([]ref.Val{a, b}) }))),
		extreme("min", -1),
		extreme("max", 1),
	}
	return func(e *cel.Env) (*cel.Env, error) {
		var err error
		for _, option := range options {
			if e, err = option(e); err != nil {
				return nil, err
			}
		}
		return e, nil
	}
}

func repeat(t *cel.Type, count int) []*cel.Type {
	all := make([]*cel.Type, count)
	for i := range all {
		all[i] = t
	}
	return all
}

// estimator prices calls for cel-go's cost limit, by how much they read and make. cel-go's own prices
// apply only where it knows the types beforehand.
type estimator struct{}

// CallCost is the price of one call.
func (estimator) CallCost(function, _ string, args []ref.Val, result ref.Val) *uint64 {
	price := 1 + length(result)/10
	for _, arg := range args {
		price += length(arg) / 10
	}
	if function == matchesFunction && len(args) == 2 {
		price += length(args[0]) / 10 * (1 + length(args[1])/4)
	}
	return &price
}

// length is how long a value is, in bytes or elements.
func length(v ref.Val) uint64 {
	switch v := v.(type) {
	case types.String:
		return uint64(len(v))
	case types.Bytes:
		return uint64(len(v))
	case decimal:
		if v.big != nil {
			return uint64(v.big.BitLen())
		}
	case *list, *object: // counted by evaluation
	case interface{ Size() ref.Val }:
		if n, ok := v.Size().(types.Int); ok {
			return uint64(n)
		}
	}
	return 0
}
