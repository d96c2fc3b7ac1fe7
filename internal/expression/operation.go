package expression

import (
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// operation does what an operator or function of CEL does, with numbers as ours are. args hold
// neither errors nor nil. It counts in e what it does beyond looking at its arguments once.
type operation func(e *evaluation, args []ref.Val) ref.Val

// operations are the ones that replace cel-go's, by cel-go's name of the function.
func operations() map[string]operation {
	return map[string]operation{
		operators.Equals:    func(e *evaluation, args []ref.Val) ref.Val { return equal(e, args[0], args[1]) },
		operators.NotEquals: func(e *evaluation, args []ref.Val) ref.Val { return not(equal(e, args[0], args[1])) },
		operators.In:        func(e *evaluation, args []ref.Val) ref.Val { return in(e, args[0], args[1]) },
		operators.OldIn:     func(e *evaluation, args []ref.Val) ref.Val { return in(e, args[0], args[1]) },
		operators.Add: numeric(add, func(a, b ref.Val) ref.Val {
			if a, ok := a.(traits.Adder); ok {
				return a.Add(b)
			}
			return noOperator("+", a, b)
		}),
		operators.Subtract: numeric(subtract, func(a, b ref.Val) ref.Val {
			if a, ok := a.(traits.Subtractor); ok {
				return a.Subtract(b)
			}
			return noOperator("-", a, b)
		}),
		operators.Multiply:      numeric(multiply, func(a, b ref.Val) ref.Val { return noOperator("*", a, b) }),
		operators.Divide:        numeric(divide, func(a, b ref.Val) ref.Val { return noOperator("/", a, b) }),
		operators.Modulo:        numeric(remainder, func(a, b ref.Val) ref.Val { return noOperator("%", a, b) }),
		operators.Negate:        ofNumber(negate),
		operators.Less:          ordering(func(c int) bool { return c < 0 }),
		operators.LessEquals:    ordering(func(c int) bool { return c <= 0 }),
		operators.Greater:       ordering(func(c int) bool { return c > 0 }),
		operators.GreaterEquals: ordering(func(c int) bool { return c >= 0 }),

		overloads.TypeConvertInt:    toInteger,
		overloads.TypeConvertUint:   toUnsigned,
		overloads.TypeConvertDouble: toDecimal,
		overloads.TypeConvertString: toText,
		matchesFunction:             matches,
		"replace":                   replaceText,
		"join":                      join,
		"format":                    format,

		hasFunction: func(_ *evaluation, args []ref.Val) ref.Val { return hasField(args[0], args[1]) },
		"decimal":   toDecimal,
		"abs":       ofNumber(absolute),
		"floor":     ofNumber(floor),
		"ceil":      ofNumber(ceiling),
		"round":     roundTo,
		"min":       least(-1),
		"max":       least(1),
	}
}

func wrongType(message string) *EvalError { return &EvalError{Fault: WrongType, Message: message} }

func noOperator(name string, a, b ref.Val) ref.Val {
	return failure(wrongType(name + " is not for " + typeName(a) + " and " + typeName(b)))
}

// typeName is what people call the type of a value.
func typeName(v ref.Val) string {
	switch v.(type) {
	case types.Int, types.Uint, types.Double, decimal:
		return "number"
	case types.String:
		return "text"
	case types.Bool:
		return "boolean"
	case traits.Lister:
		return "list"
	case traits.Mapper:
		return "object"
	case types.Null:
		return "null"
	}
	return v.Type().TypeName()
}

// numeric is an operation on two numbers; what is not two numbers goes to otherwise.
func numeric(op func(a, b number) (number, *EvalError), otherwise func(a, b ref.Val) ref.Val) operation {
	return func(e *evaluation, args []ref.Val) ref.Val {
		a, aok := toNumber(args[0])
		b, bok := toNumber(args[1])
		switch {
		case aok && bok:
			return fromResult(op(a, b))
		case aok || bok:
			return noOperator("arithmetic", args[0], args[1])
		}
		return otherwise(args[0], args[1])
	}
}

// ofNumber is an operation on one number.
func ofNumber(op func(number) (number, *EvalError)) operation {
	return func(e *evaluation, args []ref.Val) ref.Val {
		n, ok := toNumber(args[0])
		if !ok {
			return failure(wrongType("a number is needed, not a " + typeName(args[0])))
		}
		return fromResult(op(n))
	}
}

// ordering is a comparison of two numbers, texts, booleans, timestamps or durations.
func ordering(holds func(int) bool) operation {
	return func(e *evaluation, args []ref.Val) ref.Val {
		a, aok := toNumber(args[0])
		b, bok := toNumber(args[1])
		if aok && bok {
			return types.Bool(holds(compare(a, b)))
		}
		comparer, ok := args[0].(traits.Comparer)
		if !ok || aok || bok {
			return noOperator("comparison", args[0], args[1])
		}
		result, ok := comparer.Compare(args[1]).(types.Int)
		if !ok {
			return noOperator("comparison", args[0], args[1])
		}
		return types.Bool(holds(int(result)))
	}
}

func not(v ref.Val) ref.Val {
	if b, ok := v.(types.Bool); ok {
		return !b
	}
	return v
}

// equal compares by value: numbers by their amount, lists and objects by what is inside. Values of
// different kinds are not equal. It is an error only where a value inside is one.
func equal(e *evaluation, a, b ref.Val) ref.Val {
	switch {
	case types.IsError(a):
		return a
	case types.IsError(b):
		return b
	case !e.spend(50 + weight(a)):
		return failure(errTooCostly)
	}
	if x, ok := toNumber(a); ok {
		y, ok := toNumber(b)
		return types.Bool(ok && compare(x, y) == 0)
	}
	switch a := a.(type) {
	case traits.Lister:
		if b, ok := b.(traits.Lister); ok {
			return equalLists(e, a, b)
		}
		return types.False
	case traits.Mapper:
		if b, ok := b.(traits.Mapper); ok {
			return equalObjects(e, a, b)
		}
		return types.False
	}
	return types.Equal(a, b)
}

func equalLists(e *evaluation, a, b traits.Lister) ref.Val {
	size := a.Size().(types.Int)
	if size != b.Size().(types.Int) {
		return types.False
	}
	for i := types.Int(0); i < size; i++ {
		if result := equal(e, a.Get(i), b.Get(i)); result != types.True {
			return result
		}
	}
	return types.True
}

func equalObjects(e *evaluation, a, b traits.Mapper) ref.Val {
	if a.Size().(types.Int) != b.Size().(types.Int) {
		return types.False
	}
	for names := a.Iterator(); names.HasNext() == types.True; {
		name := names.Next()
		other, ok := b.Find(name)
		if !ok {
			return types.False
		}
		if result := equal(e, a.Get(name), other); result != types.True {
			return result
		}
	}
	return types.True
}

// in tells whether a list holds a value, or an object has a field of that name.
func in(e *evaluation, item, container ref.Val) ref.Val {
	switch c := container.(type) {
	case traits.Lister:
		return contains(e, c, item)
	case traits.Mapper:
		return c.Contains(item)
	}
	return failure(wrongType("in needs a list or an object on its right, not a " + typeName(container)))
}

// hasField is has(container.name). Nothing that has no fields has that one, except that a list is
// refused, as CEL does.
func hasField(container, name ref.Val) ref.Val {
	switch c := container.(type) {
	case traits.Lister:
		return failure(errListField)
	case traits.Mapper:
		return c.Contains(name)
	}
	return types.False
}

var errListField = wrongType("a list has no fields; write an index, as in [0]")

func contains(e *evaluation, l traits.Lister, item ref.Val) ref.Val {
	size := l.Size().(types.Int)
	for i := types.Int(0); i < size; i++ {
		if result := equal(e, item, l.Get(i)); result != types.False {
			return result
		}
	}
	return types.False
}
