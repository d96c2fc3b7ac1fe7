package expression

import (
	"maps"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Requirement is a condition on an event.
type Requirement struct {
	// Path leads from the event to a value that must exist (null counts as existing).
	Path []string
	// Equals is the text the value must be, if HasEquals.
	Equals    string
	HasEquals bool
}

// requirements are the conditions without which root is not true.
func requirements(root ast.Expr) []Requirement {
	if root.Kind() != ast.CallKind {
		return exists(root)
	}
	call := root.AsCall()
	args := call.Args()
	switch call.FunctionName() {
	case operators.LogicalAnd:
		var all []Requirement
		for _, arg := range args {
			all = append(all, requirements(arg)...)
		}
		return all
	case hasFunction:
		if path, ok := pathOf(args[0]); ok {
			if name, ok := textOf(args[1]); ok {
				return path.field(name).requirement("", false)
			}
		}
	case operators.Equals:
		for i, other := range []ast.Expr{args[1], args[0]} {
			text, isText := textOf(other)
			if path, ok := pathOf(args[i]); ok && isText {
				return path.requirement(text, true)
			}
		}
		return append(exists(args[0]), exists(args[1])...)
	case operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
		operators.In, operators.LogicalNot, "startsWith", "endsWith", "contains", matchesFunction:
		var all []Requirement
		if call.IsMemberFunction() {
			all = exists(call.Target())
		}
		for _, arg := range args {
			all = append(all, exists(arg)...)
		}
		return all
	}
	return nil
}

// exists is the requirement that the value of a path is there, if e is a path.
func exists(e ast.Expr) []Requirement {
	if path, ok := pathOf(e); ok {
		return path.requirement("", false)
	}
	return nil
}

// requirement is the requirement on the part of the path before the first index.
func (p *path) requirement(equals string, hasEquals bool) []Requirement {
	var names []string
	for _, s := range p.steps {
		if s.indexed {
			hasEquals, equals = false, ""
			break
		}
		names = append(names, s.name.String())
	}
	if len(names) == 0 {
		return nil
	}
	return []Requirement{{Path: names, Equals: equals, HasEquals: hasEquals}}
}

// textOf is the text a literal holds.
func textOf(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, ok := e.AsLiteral().(types.String)
	return string(text), ok
}

// fieldsOf lists the top-level fields of the event that an expression names, sorted, and tells
// whether it uses the event in another way too.
func fieldsOf(root ast.Expr) (names []string, whole bool) {
	found := map[string]bool{}
	uses, named := 0, 0
	ast.PostOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		switch {
		case isEvent(e):
			uses++
		case e.Kind() == ast.SelectKind && isEvent(e.AsSelect().Operand()):
			found[e.AsSelect().FieldName()] = true
			named++
		case e.Kind() == ast.CallKind:
			call := e.AsCall()
			if name := call.FunctionName(); (name == hasFunction || name == operators.Index) && isEvent(call.Args()[0]) {
				if text, ok := textOf(call.Args()[1]); ok {
					found[text] = true
					named++
				}
			}
		}
	}))
	return slices.Sorted(maps.Keys(found)), uses > named
}

func isEvent(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == eventName }
