package expression

import (
	"bytes"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/penstock/penstock/internal/document"
)

var errNotTruth = wrongType("true or false is needed")

// truthOf compiles an expression that a condition needs.
func truthOf(e ast.Expr) truthFunc {
	if e.Kind() == ast.LiteralKind && kindOf(e) == Bool {
		is := e.AsLiteral().Value().(bool)
		return func(*Scratch) (bool, *EvalError) { return is, nil }
	}
	if kindOf(e) != Bool || isChoice(e) {
		return dynamicTruth(e)
	}
	call := e.AsCall()
	switch name := call.FunctionName(); name {
	case operators.LogicalAnd:
		return junction(call.Args(), false)
	case operators.LogicalOr:
		return junction(call.Args(), true)
	case operators.LogicalNot:
		return negation(truthOf(call.Args()[0]))
	case operators.Equals:
		return equality(call.Args()[0], call.Args()[1])
	case operators.NotEquals:
		return negation(equality(call.Args()[0], call.Args()[1]))
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return comparison(name, call.Args()[0], call.Args()[1])
	case operators.In:
		return membership(call.Args()[0], call.Args()[1])
	case hasFunction:
		return presence(call.Args()[0], call.Args()[1])
	case "startsWith":
		return textTest(call, bytes.HasPrefix)
	case "endsWith":
		return textTest(call, bytes.HasSuffix)
	case "contains":
		return textTest(call, bytes.Contains)
	case matchesFunction:
		return patternTest(call)
	}
	return nil
}

func isChoice(e ast.Expr) bool {
	return e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Conditional
}

// dynamicTruth is a truth that depends on what the event holds.
func dynamicTruth(e ast.Expr) truthFunc {
	var f valueFunc
	if isChoice(e) {
		f = choiceOf(e.AsCall())
	} else {
		f = valueOf(e)
	}
	if f == nil {
		return nil
	}
	noTruth := blameOf(e, errNotTruth)
	return func(s *Scratch) (bool, *EvalError) {
		v, err := f(s)
		if err == nil && v.kind != Bool {
			err = noTruth
		}
		return v.truth, err
	}
}

func negation(f truthFunc) truthFunc {
	if f == nil {
		return nil
	}
	return func(s *Scratch) (bool, *EvalError) {
		is, err := f(s)
		return !is, err
	}
}

// junction is && (decisive false) or || (decisive true). One decisive term decides, whatever errors
// the others have.
func junction(terms []ast.Expr, decisive bool) truthFunc {
	parts := make([]truthFunc, len(terms))
	for i, term := range terms {
		if parts[i] = truthOf(term); parts[i] == nil {
			return nil
		}
	}
	return func(s *Scratch) (bool, *EvalError) {
		var first *EvalError
		for _, part := range parts {
			is, err := part(s)
			switch {
			case err == errNeedsFull:
				return false, err
			case err == nil && is == decisive:
				return decisive, nil
			case err != nil && first == nil:
				first = err
			}
		}
		return !decisive, first
	}
}

// presence is has(container.name).
func presence(container, name ast.Expr) truthFunc {
	p, isPath := pathOf(container)
	text, isText := textOf(name)
	if !isPath || !isText {
		return nil
	}
	field := document.NewName(text)
	return func(s *Scratch) (bool, *EvalError) {
		v := s.event
		if len(p.steps) > 0 {
			var err *EvalError
			if v, err = p.find(v); err != nil {
				return false, err
			}
		}
		switch v.Kind() {
		case document.Object:
			return v.Field(field).Exists(), nil
		case document.Array:
			return false, errListField
		}
		_, err := fromDocument(v)
		return false, err
	}
}

// textTest is a.startsWith(b) and its like.
func textTest(call ast.CallExpr, holds func(text, part []byte) bool) truthFunc {
	if !call.IsMemberFunction() {
		return nil
	}
	text, part := textFuncOf(call.Target()), textFuncOf(call.Args()[0])
	if text == nil || part == nil {
		return nil
	}
	return func(s *Scratch) (bool, *EvalError) {
		a, err := text(s)
		if err != nil {
			return false, err
		}
		b, err := part(s)
		if err != nil {
			return false, err
		}
		return holds(a, b), nil
	}
}

// patternTest is a.matches('pattern'), for a pattern that is a literal.
func patternTest(call ast.CallExpr) truthFunc {
	target, args := call.Target(), call.Args()
	if !call.IsMemberFunction() {
		target, args = args[0], args[1:]
	}
	text := textFuncOf(target)
	source, ok := textOf(args[0])
	if !ok || text == nil {
		return nil
	}
	p, err := compilePattern(source)
	if err != nil {
		return nil
	}
	return func(s *Scratch) (bool, *EvalError) {
		a, err := text(s)
		if err == nil && !p.affordable(len(a)) {
			err = errTooCostly
		}
		return err == nil && p.re.Match(a), err
	}
}
