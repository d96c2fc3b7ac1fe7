package expression

import (
	"errors"
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// plan makes the program that cel-go runs, with our operations in place of its own.
func plan(env *cel.Env, checked *cel.Ast) (cel.Program, error) {
	ours := operations()
	return env.Program(checked,
		cel.CustomDecoratorV2(func(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
			return replace(i, ours)
		}),
		cel.EvalOptions(cel.OptOptimize),
		cel.CostTracking(estimator{}),
		cel.CostLimit(maxCost),
	)
}

// replace exchanges a node of cel-go's plan for ours, where we have one.
func replace(node interpreter.InterpretableV2, ours map[string]operation) (interpreter.InterpretableV2, error) {
	switch n := node.(type) {
	case interpreter.InterpretableCall:
		function, args := n.Function(), n.Args()
		if text, ok := constantText(args); ok && function == literalFunction {
			return interpreter.NewConstValue(n.ID(), toDecimal([]ref.Val{text})), nil
		} else if ok && function == matchesFunction {
			p, err := compilePattern(string(text))
			if err != nil {
				return nil, fmt.Errorf("%w: %w", errWrongPattern, err)
			}
			op := func(args []ref.Val) ref.Val { return p.matchString(args[0]) }
			return &call{id: n.ID(), function: function, args: args, op: op}, nil
		}
		if op, ok := ours[function]; ok {
			return &call{id: n.ID(), function: function, args: args, op: op}, nil
		}
	case interpreter.InterpretableConstructor:
		if n.Type() == types.MapType {
			return &construction{id: n.ID(), parts: n.InitVals()}, nil
		}
	}
	return node, nil
}

// errWrongPattern is why an expression with a wrong pattern has no plan.
var errWrongPattern = errors.New("the pattern of matches() is wrong")

// constantText is the last argument of a call, if that is a literal text.
func constantText(args []interpreter.InterpretableV2) (types.String, bool) {
	if len(args) == 0 {
		return "", false
	}
	c, ok := args[len(args)-1].(interpreter.InterpretableConst)
	if !ok {
		return "", false
	}
	text, ok := c.Value().(types.String)
	return text, ok
}

// call is a node that runs an operation. It is an interpreter.InterpretableCall, so that cel-go
// counts what it costs.
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
	args, failed := execute(frame, c.args)
	if failed != nil {
		return failed
	}
	return types.LabelErrNode(c.id, c.op(args))
}

func execute(frame *interpreter.ExecutionFrame, nodes []interpreter.InterpretableV2) (values []ref.Val, failed ref.Val) {
	values = make([]ref.Val, len(nodes))
	for i, node := range nodes {
		values[i] = node.Exec(frame)
		if failed == nil && types.IsUnknownOrError(values[i]) {
			failed = values[i]
		}
	}
	return values, failed
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
	parts, failed := execute(frame, c.parts)
	if failed != nil {
		return failed
	}
	o := &object{fields: make(map[ref.Val]ref.Val, len(parts)/2)}
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
