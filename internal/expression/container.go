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

// maxWork bounds what one evaluation reads of the event, in steps of about a nanosecond. cel-go
// bounds how many operations an evaluation does; this bounds what each costs.
const maxWork = 100_000_000

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

// ResolveName gives cel-go the one variable there is.
func (e *evaluation) ResolveName(name string) (any, bool) { return e.event, name == eventName }

// Parent is nil: there are no other variables.
func (e *evaluation) Parent() interpreter.Activation { return nil }

// spend counts steps, and is false when there have been too many.
func (e *evaluation) spend(steps int) bool {
	e.work += steps
	return e.work <= maxWork
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
func (l *list) Contains(item ref.Val) ref.Val               { return contains(l, item) }
func (l *list) ConvertToNative(t reflect.Type) (any, error) { return l.all().ConvertToNative(t) }
func (l *list) ConvertToType(target ref.Type) ref.Val       { return l.all().ConvertToType(target) }
func (l *list) Equal(other ref.Val) ref.Val                 { return equal(l, other) }
func (l *list) Get(index ref.Val) ref.Val                   { return l.all().Get(index) }
func (l *list) Iterator() traits.Iterator                   { return l.all().Iterator() }
func (l *list) Size() ref.Val                               { return l.all().Size() }
func (l *list) Type() ref.Type                              { return types.ListType }
func (l *list) Value() any                                  { return l.all().Value() }

// object is an object of the event, or one an expression made, as a value of cel-go. cel-go's own
// maps are walked in random order, and the same event must always give the same answer.
type object struct {
	e *evaluation    // both only for an object of the event
	v document.Value //
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

func (o *object) Equal(other ref.Val) ref.Val { return equal(o, other) }
func (o *object) Size() ref.Val               { return types.Int(len(o.all())) }
func (o *object) Type() ref.Type              { return types.MapType }
func (o *object) Value() any                  { return o.all() }
