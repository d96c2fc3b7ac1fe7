package event

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// TestReasonsAreAll holds the list to the constants of its file.
func TestReasonsAreAll(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[Reason]bool{}
	for _, r := range Reasons() {
		listed[r] = true
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		declared++
		if !listed[Reason(text)] {
			t.Errorf("%s is not in the list", text)
		}
		return true
	})
	if declared != len(listed) {
		t.Errorf("%d reasons declared, %d listed", declared, len(listed))
	}
}
