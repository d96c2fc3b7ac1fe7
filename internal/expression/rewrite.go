package expression

import (
	"unicode"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// rewrite changes what cel-go parsed, before it is checked, into calls that people cannot write.
//
// A literal with a fraction or exponent, which cel-go has read as a binary floating-point number,
// becomes a call that carries its text as it was written. has(a.b) becomes a call that only looks
// whether the field is there, so that it holds for a field whose value cannot be used. The
// condition of a loop goes into a call that counts.
func rewrite(parsed *ast.AST, source []rune) {
	info, factory := parsed.SourceInfo(), ast.NewExprFactory()
	next := int64(1)
	for id := range parsed.IDs() {
		next = max(next, id+1)
	}
	text := func(e ast.Expr, text string) ast.Expr {
		if place, ok := info.GetOffsetRange(e.ID()); ok {
			info.SetOffsetRange(next, place)
		}
		next++
		return factory.NewLiteral(next-1, types.String(text))
	}
	ast.PostOrderVisit(parsed.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.LiteralKind:
			place, ok := info.GetOffsetRange(e.ID())
			if _, isDouble := e.AsLiteral().(types.Double); ok && isDouble {
				e.SetKindCase(factory.NewCall(e.ID(), literalFunction, text(e, literalText(source[place.Start:]))))
			}
		case ast.SelectKind:
			if s := e.AsSelect(); s.IsTestOnly() {
				e.SetKindCase(factory.NewCall(e.ID(), hasFunction, s.Operand(), text(e, s.FieldName())))
			}
		case ast.ComprehensionKind:
			c := e.AsComprehension()
			step := factory.NewCall(next, stepFunction, c.LoopCondition())
			next++
			e.SetKindCase(factory.NewComprehension(e.ID(), c.IterRange(), c.IterVar(), c.AccuVar(), c.AccuInit(), step, c.LoopStep(), c.Result()))
		}
	}))
}

// literalText is the number a source begins with. A minus may be set apart from it by space.
func literalText(source []rune) string {
	var text []rune
	for i, c := range source {
		last := rune(0)
		if len(text) > 0 {
			last = text[len(text)-1]
		}
		switch {
		case c >= '0' && c <= '9' || c == '.' || c == 'e' || c == 'E',
			c == '-' && i == 0,
			(c == '-' || c == '+') && (last == 'e' || last == 'E'):
			text = append(text, c)
		case unicode.IsSpace(c) && last == '-':
		default:
			return string(text)
		}
	}
	return string(text)
}
