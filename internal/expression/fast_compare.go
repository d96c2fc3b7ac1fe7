package expression

import (
	"bytes"
	"cmp"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/penstock/penstock/internal/document"
)

// both evaluates a and, unless that fails, b.
func both[T any](a, b func(*Scratch) (T, *EvalError), s *Scratch) (x, y T, err *EvalError) {
	if x, err = a(s); err == nil {
		y, err = b(s)
	}
	return x, y, err
}

// textAt is the text at a part of the event, if that is one that compares byte by byte. Where ok is
// false, err may be nil: the value is of another kind.
func textAt(p *path, s *Scratch) (text []byte, ok bool, err *EvalError) {
	v, err := p.find(s.event)
	if err != nil {
		return nil, false, err
	}
	if v.Kind() == document.String && v.TextProblem()&document.HoldsLoneSurrogate == 0 {
		return v.Text(), true, nil
	}
	_, err = fromDocument(v)
	return nil, false, err
}

// equality is a == b.
func equality(left, right ast.Expr) truthFunc {
	if _, ok := textOf(left); ok {
		left, right = right, left
	}
	if text, ok := textOf(right); ok {
		if p, ok := pathOf(left); ok {
			return equalsText(p, []byte(text))
		}
	}
	a, b := valueOf(left), valueOf(right)
	if a == nil || b == nil {
		return nil
	}
	return func(s *Scratch) (bool, *EvalError) {
		x, y, err := both(a, b, s)
		if err != nil {
			return false, err
		}
		return equalValues(x, y)
	}
}

// equalsText is event.a == "text".
func equalsText(p *path, text []byte) truthFunc {
	return func(s *Scratch) (bool, *EvalError) {
		found, ok, err := textAt(p, s)
		return ok && bytes.Equal(found, text), err
	}
}

func equalValues(a, b value) (bool, *EvalError) {
	switch {
	case a.kind != b.kind:
		return false, nil
	case a.kind == Bool:
		return a.truth == b.truth, nil
	case a.kind == Number:
		return compare(a.number, b.number) == 0, nil
	case a.kind == Text:
		return bytes.Equal(a.text, b.text), nil
	case a.kind == JSON:
		return false, errNeedsFull
	}
	return true, nil // null
}

// order tells which results of a comparison an operator holds for.
func order(operator string) func(int) bool {
	switch operator {
	case operators.Less:
		return func(c int) bool { return c < 0 }
	case operators.LessEquals:
		return func(c int) bool { return c <= 0 }
	case operators.Greater:
		return func(c int) bool { return c > 0 }
	}
	return func(c int) bool { return c >= 0 }
}

// comparison is a < b and its like.
func comparison(operator string, left, right ast.Expr) truthFunc {
	holds := order(operator)
	if kindOf(left) == Number || kindOf(right) == Number {
		a, b := numberOf(left), numberOf(right)
		if a == nil || b == nil {
			return nil
		}
		return func(s *Scratch) (bool, *EvalError) {
			x, y, err := both(a, b, s)
			return err == nil && holds(compare(x, y)), err
		}
	}
	a, b := valueOf(left), valueOf(right)
	if a == nil || b == nil {
		return nil
	}
	return func(s *Scratch) (bool, *EvalError) {
		x, y, err := both(a, b, s)
		if err != nil {
			return false, err
		}
		c, err := compareValues(x, y)
		return err == nil && holds(c), err
	}
}

var errComparison = wrongType("a comparison needs two numbers, two texts or two booleans")

func compareValues(a, b value) (int, *EvalError) {
	if a.kind == b.kind {
		switch a.kind {
		case Number:
			return compare(a.number, b.number), nil
		case Text:
			return bytes.Compare(a.text, b.text), nil
		case Bool:
			return cmp.Compare(ordinal(a.truth), ordinal(b.truth)), nil
		}
	}
	return 0, errComparison
}

func ordinal(is bool) int {
	if is {
		return 1
	}
	return 0
}

// membership is a in b, for a list of expressions or a part of the event.
func membership(item, container ast.Expr) truthFunc {
	a := valueOf(item)
	if a == nil {
		return nil
	}
	if container.Kind() == ast.ListKind {
		if test := inTexts(item, container.AsList()); test != nil {
			return test
		}
		return inLiteral(a, container.AsList())
	}
	p, ok := pathOf(container)
	if !ok {
		return nil
	}
	return func(s *Scratch) (bool, *EvalError) {
		x, err := a(s)
		if err != nil {
			return false, err
		}
		c, err := p.find(s.event)
		if err != nil {
			return false, err
		}
		switch c.Kind() {
		case document.Array:
			return inArray(x, c)
		case document.Object:
			return x.kind == Text && c.Get(string(x.text)).Exists(), nil
		}
		_, err = fromDocument(c)
		if err == nil {
			err = errIn
		}
		return false, err
	}
}

var errIn = wrongType("in needs a list or an object on its right")

func inArray(x value, array document.Value) (bool, *EvalError) {
	for v := range array.Items() {
		y, err := fromDocument(v)
		if err != nil {
			return false, err
		}
		if is, err := equalValues(x, y); is || err != nil {
			return is, err
		}
	}
	return false, nil
}

// inTexts is event.a in ["b", "c"].
func inTexts(item ast.Expr, list ast.ListExpr) truthFunc {
	p, ok := pathOf(item)
	if !ok {
		return nil
	}
	texts := make([]string, list.Size())
	for i, e := range list.Elements() {
		if texts[i], ok = textOf(e); !ok {
			return nil
		}
	}
	return func(s *Scratch) (bool, *EvalError) {
		found, ok, err := textAt(p, s)
		if !ok {
			return false, err
		}
		for _, text := range texts {
			if string(found) == text {
				return true, nil
			}
		}
		return false, nil
	}
}

// inLiteral is a in [b, c].
func inLiteral(a valueFunc, list ast.ListExpr) truthFunc {
	if len(list.OptionalIndices()) > 0 {
		return nil
	}
	items := make([]valueFunc, list.Size())
	for i, e := range list.Elements() {
		if items[i] = valueOf(e); items[i] == nil {
			return nil
		}
	}
	return func(s *Scratch) (bool, *EvalError) {
		x, err := a(s)
		if err != nil {
			return false, err
		}
		found := false
		for _, item := range items {
			// Every item is evaluated, since CEL makes the list first.
			y, err := item(s)
			if err != nil {
				return false, err
			}
			if !found {
				if found, err = equalValues(x, y); err != nil {
					return false, err
				}
			}
		}
		return found, nil
	}
}
