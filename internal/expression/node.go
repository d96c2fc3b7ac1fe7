package expression

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// call is a node of cel-go's plan that runs an operation and counts it. It is an
// interpreter.InterpretableCall.
type call struct {
	id       int64
	function string
	args     []interpreter.InterpretableV2
	op       operation
}

func (c *call) ID() int64                             { return c.id }
func (c *call) Function() string                      { return c.function }
func (c *call) OverloadID() string                    { return "" }
func (c *call) Args() []interpreter.InterpretableV2   { return c.args }
func (c *call) Eval(a interpreter.Activation) ref.Val { return c.Exec(interpreter.AsFrame(a)) }

// Exec gives the first error among the arguments, after evaluating all of them.
func (c *call) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	e := evaluationOf(frame)
	args, failed := execute(e, frame, c.args)
	if failed != nil {
		return failed
	}
	result := c.op(e, args)
	if result == types.NoSuchOverloadErr() { // one for all goroutines, which cel-go would write into
		result = failure(errArguments)
	}
	if !e.spend(100 + weight(result)) {
		return failure(errTooCostly)
	}
	return types.LabelErrNode(c.id, result)
}

func execute(e *evaluation, frame *interpreter.ExecutionFrame, nodes []interpreter.InterpretableV2) (values []ref.Val, failed ref.Val) {
	values = make([]ref.Val, len(nodes))
	for i, node := range nodes {
		values[i] = node.Exec(frame)
		if failed == nil && types.IsUnknownOrError(values[i]) {
			failed = values[i]
		}
		if !e.spend(20+weight(values[i])) && failed == nil {
			failed = failure(errTooCostly)
		}
	}
	return values, failed
}

// step is the condition of a loop. It ends the loop when the evaluation has done too much.
type step struct {
	id        int64
	condition interpreter.InterpretableV2
}

func (s *step) ID() int64                             { return s.id }
func (s *step) Eval(a interpreter.Activation) ref.Val { return s.Exec(interpreter.AsFrame(a)) }

func (s *step) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	if !evaluationOf(frame).spend(200) {
		return types.False
	}
	return s.condition.Exec(frame)
}

// construction is a node that makes an object, {"a": 1}, which keeps its order.
type construction struct {
	id    int64
	parts []interpreter.InterpretableV2 // names and values in turn
}

func (c *construction) ID() int64                               { return c.id }
func (c *construction) InitVals() []interpreter.InterpretableV2 { return c.parts }
func (c *construction) Type() ref.Type                          { return types.MapType }
func (c *construction) Eval(a interpreter.Activation) ref.Val   { return c.Exec(interpreter.AsFrame(a)) }

func (c *construction) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	e := evaluationOf(frame)
	parts, failed := execute(e, frame, c.parts)
	if failed != nil {
		return failed
	}
	o := &object{e: e, fields: make(map[ref.Val]ref.Val, len(parts)/2)}
	for i := 0; i+1 < len(parts); i += 2 {
		switch parts[i].(type) {
		case types.String, types.Int, types.Uint, types.Bool:
			o.set(parts[i], parts[i+1])
		default:
			return failure(wrongType("a " + typeName(parts[i]) + " cannot be a name in an object"))
		}
	}
	return o
}
