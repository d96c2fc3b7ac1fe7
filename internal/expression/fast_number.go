package expression

import (
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"

	"github.com/penstock/penstock/internal/document"
)

var errNumberNeeded = wrongType("a number is needed")

// numberOf compiles an expression that arithmetic needs.
func numberOf(e ast.Expr) numberFunc {
	if p, ok := pathOf(e); ok {
		return numberAt(p)
	}
	if e.Kind() == ast.LiteralKind && kindOf(e) == Number {
		n, ok := toNumber(e.AsLiteral())
		if !ok {
			return nil
		}
		return constant(n)
	}
	if kindOf(e) != Number || isChoice(e) {
		return dynamicNumber(e)
	}
	return numberCall(e.AsCall())
}

// numberAt is a number of the event.
func numberAt(p *path) numberFunc {
	noNumber := p.blame(errNumberNeeded)
	return func(s *Scratch) (number, *EvalError) {
		v, err := p.find(s.event)
		if err != nil {
			return number{}, err
		}
		kind, text, _ := v.Content()
		if kind != document.Number {
			return number{}, noNumber
		}
		n, err := parseJSON(text)
		if err != nil {
			err = p.blame(err)
		}
		return n, err
	}
}

func constant(n number) numberFunc {
	return func(*Scratch) (number, *EvalError) { return n, nil }
}

// dynamicNumber is a number that depends on what the event holds.
func dynamicNumber(e ast.Expr) numberFunc {
	var f valueFunc
	if isChoice(e) {
		f = choiceOf(e.AsCall())
	} else {
		f = valueOf(e)
	}
	if f == nil {
		return nil
	}
	return func(s *Scratch) (number, *EvalError) {
		v, err := f(s)
		if err == nil && v.kind != Number {
			err = errNumberNeeded
		}
		return v.number, err
	}
}

func numberCall(call ast.CallExpr) numberFunc {
	args := call.Args()
	switch call.FunctionName() {
	case literalFunction:
		if text, ok := textOf(args[0]); ok {
			if n, err := parseText([]byte(text)); err == nil {
				return constant(n)
			}
		}
	case operators.Add:
		return binary(args, add)
	case operators.Subtract:
		return binary(args, subtract)
	case operators.Multiply:
		return binary(args, multiply)
	case operators.Divide:
		return binary(args, divide)
	case operators.Modulo:
		return binary(args, remainder)
	case operators.Negate:
		return unary(args, negate)
	case "abs":
		return unary(args, absolute)
	case "floor":
		return unary(args, floor)
	case "ceil":
		return unary(args, ceiling)
	case "round":
		if len(args) == 2 {
			return binary(args, roundNumber)
		}
		return unary(args, func(n number) (number, *EvalError) { return round(n, 0, halfUp) })
	case "min":
		return extreme(args, -1)
	case "max":
		return extreme(args, 1)
	case "decimal", overloads.TypeConvertDouble:
		return conversion(args[0], func(n number) (number, *EvalError) { return n, nil }, parseText)
	case overloads.TypeConvertInt:
		return conversion(args[0], func(n number) (number, *EvalError) { return round(n, 0, inward) }, integerText)
	case "size":
		return sizeOf(call)
	}
	return nil
}

func unary(args []ast.Expr, op func(number) (number, *EvalError)) numberFunc {
	a := numberOf(args[0])
	if a == nil {
		return nil
	}
	return func(s *Scratch) (number, *EvalError) {
		n, err := a(s)
		if err != nil {
			return number{}, err
		}
		return op(n)
	}
}

func binary(args []ast.Expr, op func(a, b number) (number, *EvalError)) numberFunc {
	a, b := numberOf(args[0]), numberOf(args[1])
	if a == nil || b == nil {
		return nil
	}
	return func(s *Scratch) (number, *EvalError) {
		x, err := a(s)
		if err != nil {
			return number{}, err
		}
		y, err := b(s)
		if err != nil {
			return number{}, err
		}
		return op(x, y)
	}
}

// extreme is min(a, b, ...) or, with want 1, max; a single argument is a list and not for here.
func extreme(args []ast.Expr, want int) numberFunc {
	if len(args) < 2 {
		return nil
	}
	parts := make([]numberFunc, len(args))
	for i, arg := range args {
		if parts[i] = numberOf(arg); parts[i] == nil {
			return nil
		}
	}
	return func(s *Scratch) (number, *EvalError) {
		best, err := parts[0](s)
		if err != nil {
			return number{}, err
		}
		for _, part := range parts[1:] {
			n, err := part(s)
			if err != nil {
				return number{}, err
			}
			if compare(n, best) == want {
				best = n
			}
		}
		return best, nil
	}
}

// conversion makes a number of a number or a text.
func conversion(arg ast.Expr, ofNumber func(number) (number, *EvalError), ofText func([]byte) (number, *EvalError)) numberFunc {
	a := valueOf(arg)
	if a == nil {
		return nil
	}
	return func(s *Scratch) (number, *EvalError) {
		v, err := a(s)
		if err != nil {
			return number{}, err
		}
		switch v.kind {
		case Number:
			return ofNumber(v.number)
		case Text:
			return ofText(v.text)
		}
		return number{}, errConversion
	}
}

var errConversion = wrongType("only a number or a text converts to a number")

// sizeOf is size(a) and a.size(): characters of a text, elements of a list.
func sizeOf(call ast.CallExpr) numberFunc {
	arg := call.Target()
	if !call.IsMemberFunction() {
		arg = call.Args()[0]
	}
	a := valueOf(arg)
	if a == nil {
		return nil
	}
	return func(s *Scratch) (number, *EvalError) {
		v, err := a(s)
		switch {
		case err != nil:
			return number{}, err
		case v.kind == Text:
			return integer(int64(utf8.RuneCount(v.text))), nil
		case v.kind == JSON && v.doc.Kind() == document.Array:
			return integer(int64(v.doc.Len())), nil
		case v.kind == JSON: // repeated names count once
			return number{}, errNeedsFull
		}
		return number{}, errSize
	}
}

var errSize = wrongType("size is for texts, lists and objects")
