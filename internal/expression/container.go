package expression

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"

	"github.com/penstock/penstock/internal/document"
)

// maxWork bounds what one evaluation by cel-go does, in steps of about a nanosecond. Steps are counted,
// not measured, so that the same event has the same answer on every machine. cel-go's own cost
// limit is not used: counting takes it time that grows with the square of the steps.
const maxWork = 200_000_000

var errTooCostly = &EvalError{Fault: TooCostly, Message: "the expression takes too long on this event"}

// evaluation is one run of a program by cel-go. It is cel-go's view of the event.
type evaluation struct {
	event ref.Val
	// containers holds the arrays and objects met so far, since an expression may come back to
	// one a thousand times.
	containers map[document.Value]ref.Val
	work       int
}

func newEvaluation(event document.Value) *evaluation {
	e := &evaluation{containers: map[document.Value]ref.Val{}}
	e.event = e.view(event)
	return e
}

// ResolveName gives cel-go the one variable there is, and our own nodes the evaluation.
func (e *evaluation) ResolveName(name string) (any, bool) {
	if name == evaluationName {
		return e, true
	}
	return e.event, name == eventName
}

// evaluationName is no name that people can write.
const evaluationName = "@evaluation"

// evaluationOf finds the evaluation a node runs in. It is nil while constants are worked out.
func evaluationOf(a interpreter.Activation) *evaluation {
	found, _ := a.ResolveName(evaluationName)
	e, _ := found.(*evaluation)
	return e
}

// Parent is nil: there are no other variables.
func (e *evaluation) Parent() interpreter.Activation { return nil }

// spend counts steps, and is false when there have been too many.
func (e *evaluation) spend(steps int) bool {
	if e == nil {
		return true
	}
	e.work += steps
	return !e.overspent()
}

func (e *evaluation) overspent() bool { return e.work > maxWork }

// weight is what it costs to look at a value once, beyond the least.
func weight(v ref.Val) int {
	switch v := v.(type) {
	case types.String:
		return len(v) / 8
	case types.Bytes:
		return len(v) / 8
	case decimal:
		if v.big != nil {
			return 20 * v.big.BitLen()
		}
	}
	return 0
}

// view is a part of the event as a value of cel-go.
func (e *evaluation) view(v document.Value) ref.Val {
	if !e.spend(50) {
		return failure(errTooCostly)
	}
	switch v.Kind() {
	case document.Null:
		return types.NullValue
	case document.Bool:
		return types.Bool(v.Bool())
	case document.Number:
		e.spend(10 * len(v.Number()))
		return fromResult(parseJSON(v.Number()))
	case document.String:
		text := v.Text()
		switch {
		case v.TextProblem()&document.HoldsLoneSurrogate != 0:
			return failure(errLoneSurrogate)
		case !e.spend(len(text) / 8):
			return failure(errTooCostly)
		}
		return types.String(text)
	}
	if seen, ok := e.containers[v]; ok {
		return seen
	}
	var made ref.Val = &list{e: e, v: v}
	if v.Kind() == document.Object {
		made = &object{e: e, v: v}
	}
	e.containers[v] = made
	return made
}

// list is an array of the event as a value of cel-go.
type list struct {
	e     *evaluation
	v     document.Value
	items traits.Lister // made when first needed
}

func (l *list) all() traits.Lister {
	if l.items == nil {
		items := make([]ref.Val, 0, l.v.Len())
		for v := range l.v.Items() {
			items = append(items, l.e.view(v))
		}
		l.items = types.NewRefValList(types.DefaultTypeAdapter, items)
	}
	return l.items
}

func (l *list) Add(other ref.Val) ref.Val                   { return l.all().Add(other) }
func (l *list) Contains(item ref.Val) ref.Val               { return contains(l.e, l, item) }
func (l *list) ConvertToNative(t reflect.Type) (any, error) { return l.all().ConvertToNative(t) }
func (l *list) ConvertToType(target ref.Type) ref.Val       { return l.all().ConvertToType(target) }
func (l *list) Equal(other ref.Val) ref.Val                 { return equal(l.e, l, other) }
func (l *list) Get(index ref.Val) ref.Val                   { return l.all().Get(index) }
func (l *list) Iterator() traits.Iterator                   { return l.all().Iterator() }
func (l *list) Size() ref.Val                               { return l.all().Size() }
func (l *list) Type() ref.Type                              { return types.ListType }
func (l *list) Value() any                                  { return l.all().Value() }

// object is an object of the event, or one an expression made, as a value of cel-go. cel-go's own
// maps are walked in random order, and the same event must always give the same answer.
type object struct {
	e *evaluation
	v document.Value // Missing for one that an expression made
	// names are the fields in order, without repetition, and fields what they hold; made when first
	// needed, of an object of the event.
	names  []ref.Val
	fields map[ref.Val]ref.Val
}

func (o *object) all() map[ref.Val]ref.Val {
	if o.fields == nil {
		o.fields = make(map[ref.Val]ref.Val, o.v.Len())
		for name, value := range o.v.Fields() {
			o.e.spend(100 + len(name.Raw())/8)
			o.set(types.String(name.Text()), o.e.view(value))
		}
	}
	return o.fields
}

// set gives a name its value, the last one if it repeats.
func (o *object) set(name, value ref.Val) {
	if _, repeated := o.fields[name]; !repeated {
		o.names = append(o.names, name)
	}
	o.fields[name] = value
}

// Find is the value of a name. It does not build all fields for a few questions to a small object.
func (o *object) Find(name ref.Val) (ref.Val, bool) {
	text, ok := name.(types.String)
	if !ok || o.fields != nil || o.v.Len() > 64 {
		value, found := o.all()[name]
		return value, found
	}
	o.e.spend(200)
	v := o.v.Get(string(text))
	if !v.Exists() {
		return nil, false
	}
	return o.e.view(v), true
}

// Get is Find with an error for what is not there.
func (o *object) Get(name ref.Val) ref.Val {
	if value, ok := o.Find(name); ok {
		return value
	}
	return types.NewErr("no such key: %v", name)
}

// Contains reports whether there is a field of that name.
func (o *object) Contains(name ref.Val) ref.Val {
	_, ok := o.Find(name)
	return types.Bool(ok)
}

// ConvertToNative serves none of Go's types.
func (o *object) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("an object is no %v", t)
}

// ConvertToType serves dyn() and type().
func (o *object) ConvertToType(target ref.Type) ref.Val {
	switch target {
	case types.MapType:
		return o
	case types.TypeType:
		return types.MapType
	}
	return failure(wrongType("an object is no " + target.TypeName()))
}

// Iterator walks the names.
func (o *object) Iterator() traits.Iterator {
	o.all()
	return types.NewRefValList(types.DefaultTypeAdapter, o.names).Iterator()
}

func (o *object) Equal(other ref.Val) ref.Val { return equal(o.e, o, other) }
func (o *object) Size() ref.Val               { return types.Int(len(o.all())) }
func (o *object) Type() ref.Type              { return types.MapType }
func (o *object) Value() any                  { return o.all() }
