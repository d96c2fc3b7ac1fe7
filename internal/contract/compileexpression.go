package contract

import (
	"errors"
	"fmt"

	"github.com/penstock/penstock/internal/expression"
)

// condition compiles match or drop.
func (d *definition) condition(word string, source text, faults *faultList) *expression.Program {
	if !source.given() {
		return nil
	}
	program := compileExpression(d.file, word, source, faults)
	if program != nil && program.NeverBool() {
		faults.add(d.file, source.line, word+" is neither true nor false", "write a condition, such as has(event.order_id)")
	}
	return program
}

// compileExpression is nil when the expression is wrong, which has been reported then.
func compileExpression(file, word string, source text, faults *faultList) *expression.Program {
	program, err := expression.Compile(source.value)
	if err == nil {
		return program
	}
	var compile *expression.CompileError
	if !errors.As(err, &compile) {
		faults.add(file, source.line, word+": "+err.Error(), "write a CEL expression over event")
		return nil
	}
	for _, p := range compile.Problems {
		hint := p.Hint
		if hint == "" {
			hint = "write a CEL expression over event, such as event.price * event.quantity"
		}
		message := fmt.Sprintf("%s, column %d: %s", word, p.Column, p.Message)
		faults.add(file, source.line+max(p.Line, 1)-1, message, hint)
	}
	return nil
}
