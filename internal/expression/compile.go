package expression

import (
	"errors"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// Compile reads and checks an expression. The error is a *CompileError.
func Compile(source string) (*Program, error) {
	switch {
	case len(source) > MaxLength:
		return nil, problem("the expression is longer than 16,384 bytes", "split it over several columns")
	case strings.TrimSpace(source) == "":
		return nil, problem("the expression is empty", "write one, such as has(event.order_id)")
	}
	env, err := environment()
	if err != nil {
		return nil, problem(err.Error(), "")
	}
	parsed, issues := env.Parse(source)
	if issues.Err() != nil {
		return nil, explain(source, issues)
	}
	rewrite(parsed.NativeRep(), []rune(source))
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		return nil, explain(source, issues)
	}
	full, err := plan(env, checked)
	if err != nil {
		return nil, unplannable(err)
	}
	return build(source, checked, full), nil
}

func build(source string, checked *cel.Ast, full cel.Program) *Program {
	root := checked.NativeRep().Expr()
	p := &Program{source: source, output: checked.OutputType(), full: full, constants: texts(root)}
	if path, ok := pathOf(root); ok {
		p.path = path
	}
	p.truth, p.value = truthOf(root), valueOf(root)
	if p.path == nil && kindOf(root) == Number {
		p.number = numberOf(root)
	}
	p.fields, p.whole = fieldsOf(root)
	p.requires = requirements(root)
	return p
}

// unplannable says why cel-go cannot run what it has checked.
func unplannable(err error) error {
	switch {
	case strings.Contains(err.Error(), "invalid qualifier type"):
		return problem("an index must be a whole number or a text", "write it without a fraction")
	case errors.Is(err, errWrongPattern):
		return problem(err.Error(), "write it in the syntax of RE2 (https://github.com/google/re2/wiki/Syntax)")
	}
	return problem(readable(err.Error()), "")
}

// problem is a fault that has no better place than the beginning.
func problem(message, hint string) error {
	return &CompileError{Problems: []Problem{{Line: 1, Column: 1, Message: message, Hint: hint}}}
}

// texts are all texts and field names that stand in an expression: what an error may repeat
// without giving away what is in an event.
func texts(root ast.Expr) map[string]bool {
	all := map[string]bool{}
	ast.PostOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			all[e.AsSelect().FieldName()] = true
		case ast.LiteralKind:
			if text, ok := e.AsLiteral().Value().(string); ok {
				all[text] = true
			}
		}
	}))
	return all
}
