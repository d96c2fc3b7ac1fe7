package expression

import (
	"errors"
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// plan makes the program that cel-go runs, with our operations in place of its own.
func plan(env *cel.Env, checked *cel.Ast) (cel.Program, error) {
	p := planner{env: env, ours: operations()}
	return env.Program(checked, cel.CustomDecoratorV2(p.replace), cel.EvalOptions(cel.OptOptimize))
}

type planner struct {
	env  *cel.Env
	ours map[string]operation
}

// replace exchanges a node of cel-go's plan for ours. Every call becomes one that counts.
func (p planner) replace(node interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	switch n := node.(type) {
	case interpreter.InterpretableCall:
		return p.replaceCall(n)
	case interpreter.InterpretableConstructor:
		if n.Type() == types.MapType {
			return &construction{id: n.ID(), parts: n.InitVals()}, nil
		}
	}
	return node, nil
}

func (p planner) replaceCall(n interpreter.InterpretableCall) (interpreter.InterpretableV2, error) {
	made := &call{id: n.ID(), function: n.Function(), args: n.Args()}
	text, isText := constantText(made.args)
	switch {
	case made.function == stepFunction:
		return &step{id: n.ID(), condition: made.args[0]}, nil
	case made.function == literalFunction && isText:
		return interpreter.NewConstValue(n.ID(), toDecimal(nil, []ref.Val{text})), nil
	case made.function == matchesFunction && isText:
		pattern, err := compilePattern(string(text))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errWrongPattern, err)
		}
		made.op = func(e *evaluation, args []ref.Val) ref.Val { return pattern.matchString(e, args[0]) }
		return made, nil
	}
	if made.op = p.ours[made.function]; made.op == nil {
		if made.op = p.theirs(made.function); made.op == nil {
			return n, nil
		}
	}
	return made, nil
}

// theirs is a function of cel-go as an operation; nil for one that takes errors as arguments.
func (p planner) theirs(function string) operation {
	declared := p.env.Functions()[function]
	if declared == nil {
		return nil
	}
	bindings, err := declared.Bindings()
	if err != nil {
		return nil
	}
	for _, b := range bindings {
		if b.Operator == function && !b.NonStrict {
			return func(e *evaluation, args []ref.Val) ref.Val { return counted(e, b, args) }
		}
	}
	return nil
}

// counted calls a function of cel-go, which may look at every character of a text, and make a list.
func counted(e *evaluation, b *functions.Overload, args []ref.Val) ref.Val {
	for _, arg := range args {
		if text, ok := arg.(types.String); ok && !e.spend(4*len(text)) {
			return failure(errTooCostly)
		}
	}
	result := run(b, args)
	if made, ok := result.(traits.Lister); ok {
		e.spend(50 * int(made.Size().(types.Int)))
	}
	return result
}

// run calls a function of cel-go.
func run(b *functions.Overload, args []ref.Val) ref.Val {
	switch {
	case b.OperandTrait != 0 && len(args) > 0 && !args[0].Type().HasTrait(b.OperandTrait):
	case len(args) == 1 && b.Unary != nil:
		return b.Unary(args[0])
	case len(args) == 2 && b.Binary != nil:
		return b.Binary(args[0], args[1])
	case b.Function != nil:
		return b.Function(args...)
	}
	return failure(errArguments)
}

var errArguments = wrongType("a function met a value it is not for")

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
