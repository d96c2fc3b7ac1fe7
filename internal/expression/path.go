package expression

import (
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/penstock/penstock/internal/document"
)

// path is a chain of selections from the event: event.a["b c"][0].
type path struct{ steps []pathStep }

type pathStep struct {
	name    document.Name
	index   int
	indexed bool
	// missing is the error where the event has no such field or element.
	missing *EvalError
}

// pathOf reads an expression as a path.
func pathOf(e ast.Expr) (*path, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return &path{}, isEvent(e)
	case ast.SelectKind:
		s := e.AsSelect()
		if p, ok := pathOf(s.Operand()); ok && !s.IsTestOnly() {
			return p.field(s.FieldName()), true
		}
	case ast.CallKind:
		call := e.AsCall()
		if call.FunctionName() != operators.Index || call.Args()[1].Kind() != ast.LiteralKind {
			return nil, false
		}
		p, ok := pathOf(call.Args()[0])
		if !ok {
			return nil, false
		}
		switch key := call.Args()[1].AsLiteral().(type) {
		case types.String:
			return p.field(string(key)), true
		case types.Int:
			return p.element(int(key)), true
		}
	}
	return nil, false
}

// field is the path with one more name.
func (p *path) field(name string) *path {
	s := pathStep{name: document.NewName(name)}
	p = &path{steps: append(p.steps[:len(p.steps):len(p.steps)], s)}
	p.steps[len(p.steps)-1].missing = missingField(p.String())
	return p
}

// element is the path with one more index.
func (p *path) element(index int) *path {
	s := pathStep{index: index, indexed: true}
	p = &path{steps: append(p.steps[:len(p.steps):len(p.steps)], s)}
	p.steps[len(p.steps)-1].missing = missingField(p.String())
	return p
}

func missingField(field string) *EvalError {
	return &EvalError{Fault: MissingField, Field: field, Message: "the event has no field " + field}
}

// String is the path below the event, such as a.b[0].
func (p *path) String() string {
	var b strings.Builder
	for i, s := range p.steps {
		switch {
		case s.indexed:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case i > 0:
			b.WriteString("." + s.name.String())
		default:
			b.WriteString(s.name.String())
		}
	}
	return b.String()
}

// blame is an error about the value at the path.
func (p *path) blame(err *EvalError) *EvalError {
	if len(p.steps) == 0 {
		return err
	}
	return &EvalError{Fault: err.Fault, Field: p.String(), Message: p.String() + ": " + err.Message}
}

// blameOf is err about the value of e, naming it where e is a path.
func blameOf(e ast.Expr, err *EvalError) *EvalError {
	if p, ok := pathOf(e); ok {
		return p.blame(err)
	}
	return err
}

// value is the value at the path, where an expression can use it.
func (p *path) value(event document.Value) (value, *EvalError) {
	v, err := p.find(event)
	if err != nil {
		return value{}, err
	}
	found, err := fromDocument(v)
	if err != nil {
		err = p.blame(err)
	}
	return found, err
}

var errOutsideList = &EvalError{Fault: OutOfRange, Message: "an index is outside its list"}

// find is the value at the path.
func (p *path) find(v document.Value) (document.Value, *EvalError) {
	for i := range p.steps {
		s := &p.steps[i]
		next := document.Value{}
		switch kind := v.Kind(); {
		case kind == document.Array && s.indexed:
			if next = v.Index(s.index); !next.Exists() {
				return next, errOutsideList
			}
		case kind == document.Array:
			return next, errListField
		case kind == document.Object && !s.indexed:
			next = v.Field(s.name)
		}
		if !next.Exists() {
			return next, s.missing
		}
		v = next
	}
	return v, nil
}
