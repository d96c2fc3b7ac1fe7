package expression

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"

	"github.com/penstock/penstock/internal/document"
)

// Common expressions are compiled a second time, into functions that read the document as it is and
// allocate nothing. There is one kind of function for each thing a place in an expression may need. A nil
// function means that the expression is not a common one, and cel-go runs all of it.
//
// Both ways must agree on every event; TestBothWaysAgree holds them to it.
type (
	truthFunc  func(*Scratch) (bool, *EvalError)
	numberFunc func(*Scratch) (number, *EvalError)
	textFunc   func(*Scratch) ([]byte, *EvalError)
	valueFunc  func(*Scratch) (value, *EvalError)
)

// errNeedsFull says that this event needs what only cel-go does. It reaches Program, which runs it.
var errNeedsFull = &EvalError{Message: "not a common case"}

// value is what an expression gave.
type value struct {
	kind   Kind
	truth  bool
	number number
	text   []byte
	doc    document.Value // of kind JSON
}

// result writes the value where it outlives the evaluation.
func (v value) result(s *Scratch) Result {
	switch v.kind {
	case Number:
		from := len(s.text)
		s.text = v.number.append(s.text)
		return Result{Kind: Number, Bytes: s.text[from:]}
	case Text:
		return Result{Kind: Text, Bytes: v.text}
	case JSON:
		return Result{Kind: JSON, Bytes: v.doc.Raw()}
	}
	return Result{Kind: v.kind, Bool: v.truth}
}

// fromDocument is a part of the event as a value.
func fromDocument(v document.Value) (value, *EvalError) {
	switch v.Kind() {
	case document.Null:
		return value{kind: Null}, nil
	case document.Bool:
		return value{kind: Bool, truth: v.Bool()}, nil
	case document.Number:
		n, err := parseJSON(v.Number())
		return value{kind: Number, number: n}, err
	case document.String:
		if v.TextProblem()&document.HoldsLoneSurrogate != 0 {
			return value{}, errLoneSurrogate
		}
		return value{kind: Text, text: v.Text()}, nil
	}
	return value{kind: JSON, doc: v}, nil
}

// valueOf compiles an expression whose value is needed, of whatever kind.
func valueOf(e ast.Expr) valueFunc {
	if p, ok := pathOf(e); ok {
		return func(s *Scratch) (value, *EvalError) { return p.value(s.event) }
	}
	switch kindOf(e) {
	case Bool:
		return truthValue(truthOf(e))
	case Number:
		return numberValue(numberOf(e))
	case Text:
		return textValue(textFuncOf(e))
	}
	if e.Kind() == ast.LiteralKind && e.AsLiteral() == types.NullValue {
		return func(*Scratch) (value, *EvalError) { return value{kind: Null}, nil }
	}
	if e.Kind() != ast.CallKind {
		return nil
	}
	switch e.AsCall().FunctionName() {
	case operators.Add:
		return sumOf(e.AsCall())
	case operators.Conditional:
		return choiceOf(e.AsCall())
	}
	return nil
}

func truthValue(f truthFunc) valueFunc {
	if f == nil {
		return nil
	}
	return func(s *Scratch) (value, *EvalError) {
		is, err := f(s)
		return value{kind: Bool, truth: is}, err
	}
}

func numberValue(f numberFunc) valueFunc {
	if f == nil {
		return nil
	}
	return func(s *Scratch) (value, *EvalError) {
		n, err := f(s)
		return value{kind: Number, number: n}, err
	}
}

func textValue(f textFunc) valueFunc {
	if f == nil {
		return nil
	}
	return func(s *Scratch) (value, *EvalError) {
		text, err := f(s)
		return value{kind: Text, text: text}, err
	}
}

// kindOf is the kind an expression certainly has, if it has a value: Bool, Number, Text, or Null where
// it depends on the event.
func kindOf(e ast.Expr) Kind {
	if e.Kind() == ast.LiteralKind {
		switch e.AsLiteral().(type) {
		case types.Bool:
			return Bool
		case types.Int, types.Uint:
			return Number
		case types.String:
			return Text
		}
		return Null
	}
	if e.Kind() != ast.CallKind {
		return Null
	}
	call := e.AsCall()
	switch call.FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Equals, operators.NotEquals,
		operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals, operators.In,
		hasFunction, "startsWith", "endsWith", "contains", matchesFunction:
		return Bool
	// Timestamps subtract too, but no common expression makes one.
	case literalFunction, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate,
		"abs", "floor", "ceil", "round", "min", "max", "decimal", "size", overloads.TypeConvertInt, overloads.TypeConvertDouble:
		return Number
	case overloads.TypeConvertString, "lowerAscii", "upperAscii", "trim":
		return Text
	case operators.Add:
		// What is added to a number or text is one too.
		left, right := kindOf(call.Args()[0]), kindOf(call.Args()[1])
		if left == Number || right == Number {
			return Number
		}
		if left == Text || right == Text {
			return Text
		}
	case operators.Conditional:
		if kind := kindOf(call.Args()[1]); kind == kindOf(call.Args()[2]) {
			return kind
		}
	}
	return Null
}

// sumOf compiles a + b whose kind depends on the event.
func sumOf(call ast.CallExpr) valueFunc {
	left, right := valueOf(call.Args()[0]), valueOf(call.Args()[1])
	if left == nil || right == nil {
		return nil
	}
	return func(s *Scratch) (value, *EvalError) {
		a, err := left(s)
		if err != nil {
			return value{}, err
		}
		b, err := right(s)
		if err != nil {
			return value{}, err
		}
		switch {
		case a.kind == Number && b.kind == Number:
			n, err := add(a.number, b.number)
			return value{kind: Number, number: n}, err
		case a.kind == Text && b.kind == Text:
			text, err := s.concat(a.text, b.text)
			return value{kind: Text, text: text}, err
		case a.kind == JSON && b.kind == JSON:
			return value{}, errNeedsFull
		}
		return value{}, errSum
	}
}

var errSum = wrongType("+ needs two numbers, two texts or two lists")

// choiceOf compiles condition ? a : b.
func choiceOf(call ast.CallExpr) valueFunc {
	args := call.Args()
	condition, yes, no := truthOf(args[0]), valueOf(args[1]), valueOf(args[2])
	if condition == nil || yes == nil || no == nil {
		return nil
	}
	return func(s *Scratch) (value, *EvalError) {
		is, err := condition(s)
		switch {
		case err != nil:
			return value{}, err
		case is:
			return yes(s)
		}
		return no(s)
	}
}

// concat puts two texts together in the scratch.
func (s *Scratch) concat(a, b []byte) ([]byte, *EvalError) {
	if len(a)+len(b) > maxText {
		return nil, errTooCostly
	}
	from := len(s.text)
	s.text = append(append(s.text, a...), b...)
	return s.text[from:len(s.text):len(s.text)], nil
}
