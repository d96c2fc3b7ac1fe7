package expression

import (
	"bytes"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
)

var errTextNeeded = wrongType("a text is needed")

// textFuncOf compiles an expression that must be a text.
func textFuncOf(e ast.Expr) textFunc {
	if text, ok := textOf(e); ok {
		constant := []byte(text)
		return func(*Scratch) ([]byte, *EvalError) { return constant, nil }
	}
	if kindOf(e) == Text && !isChoice(e) {
		return textCall(e.AsCall())
	}
	var f valueFunc
	if isChoice(e) {
		f = choiceOf(e.AsCall())
	} else {
		f = valueOf(e)
	}
	if f == nil {
		return nil
	}
	noText := blameOf(e, errTextNeeded)
	return func(s *Scratch) ([]byte, *EvalError) {
		v, err := f(s)
		if err == nil && v.kind != Text {
			err = noText
		}
		return v.text, err
	}
}

func textCall(call ast.CallExpr) textFunc {
	switch call.FunctionName() {
	case operators.Add:
		return concatenation(call.Args())
	case overloads.TypeConvertString:
		return stringOf(call.Args()[0])
	case "trim":
		return transformed(call, func(_ *Scratch, text []byte) []byte { return bytes.TrimSpace(text) })
	case "lowerAscii":
		return transformed(call, func(s *Scratch, text []byte) []byte { return s.mapASCII(text, 'A', 'Z') })
	case "upperAscii":
		return transformed(call, func(s *Scratch, text []byte) []byte { return s.mapASCII(text, 'a', 'z') })
	}
	return nil
}

// concatenation is a + b of texts.
func concatenation(args []ast.Expr) textFunc {
	a, b := textFuncOf(args[0]), textFuncOf(args[1])
	if a == nil || b == nil {
		return nil
	}
	return func(s *Scratch) ([]byte, *EvalError) {
		x, err := a(s)
		if err != nil {
			return nil, err
		}
		y, err := b(s)
		if err != nil {
			return nil, err
		}
		return s.concat(x, y)
	}
}

// stringOf is string(a).
func stringOf(arg ast.Expr) textFunc {
	a := valueOf(arg)
	if a == nil {
		return nil
	}
	return func(s *Scratch) ([]byte, *EvalError) {
		v, err := a(s)
		if err != nil {
			return nil, err
		}
		from := len(s.text)
		switch v.kind {
		case Text:
			return v.text, nil
		case Number:
			s.text = v.number.append(s.text)
		case Bool:
			if v.truth {
				s.text = append(s.text, "true"...)
			} else {
				s.text = append(s.text, "false"...)
			}
		default:
			return nil, errNeedsFull
		}
		return s.text[from:len(s.text):len(s.text)], nil
	}
}

// transformed is a.f() for a text.
func transformed(call ast.CallExpr, f func(*Scratch, []byte) []byte) textFunc {
	if !call.IsMemberFunction() {
		return nil
	}
	a := textFuncOf(call.Target())
	if a == nil {
		return nil
	}
	return func(s *Scratch) ([]byte, *EvalError) {
		text, err := a(s)
		if err != nil {
			return nil, err
		}
		return f(s, text), nil
	}
}

// mapASCII changes the case of the letters from first to last.
func (s *Scratch) mapASCII(text []byte, first, last byte) []byte {
	from := len(s.text)
	s.text = append(s.text, text...)
	mapped := s.text[from:len(s.text):len(s.text)]
	for i, c := range mapped {
		if c >= first && c <= last {
			mapped[i] = c ^ 0x20
		}
	}
	return mapped
}
