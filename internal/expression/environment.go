package expression

import (
	"fmt"
	"slices"
	"sync"
	_ "time/tzdata" // the same time zones on every machine

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"
)

const (
	// eventName is the one variable of an expression.
	eventName = "event"
	// literalFunction stands, in a parsed expression, for a literal with a fraction or exponent. Its
	// argument is the literal's text. People cannot write the name.
	literalFunction = "@decimal"
	// hasFunction stands for has(a.b); its arguments are a and the text b.
	hasFunction = "@has"
	// stepFunction stands around the condition of every loop, and counts its rounds.
	stepFunction = "@step"
)

// maxNesting limits how deep an expression may nest. An honest one is far from it.
const maxNesting = 200

// environment is the language of expressions. It is immutable, and takes a millisecond to make.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.Variable(eventName, cel.DynType),
		cel.DefaultUTCTimeZone(true),
		cel.ParserExpressionSizeLimit(MaxLength),
		cel.ParserRecursionLimit(maxNesting),
		cel.ExpressionNestingDepthLimit(maxNesting),
		ext.Strings(ext.StringsVersion(0)), // later ones hold format to binary floating point
		ext.Encoders(ext.EncodersVersion(0)),
		ext.Bindings(),
		ownFunctions(),
	)
})

// ownFunctions declares what CEL does not have; operations says what they do. A decimal is dyn to
// cel-go's checker, which then lets numbers of all kinds meet.
func ownFunctions() cel.EnvOption {
	dyn, text, list := cel.DynType, cel.StringType, cel.ListType(cel.DynType)
	function := func(name string, result *cel.Type, args ...*cel.Type) cel.EnvOption {
		return cel.Function(name, cel.Overload(fmt.Sprint(name, "_", len(args)), args, result))
	}
	options := []cel.EnvOption{
		function(literalFunction, dyn, text),
		function(hasFunction, cel.BoolType, dyn, text),
		function(stepFunction, cel.BoolType, cel.BoolType),
		function("decimal", dyn, dyn),
		function("abs", dyn, dyn),
		function("floor", dyn, dyn),
		function("ceil", dyn, dyn),
		function("round", dyn, dyn),
		function("round", dyn, dyn, dyn),
		cel.Function("format", cel.MemberOverload("text_format", []*cel.Type{text, list}, text)),
	}
	for _, name := range []string{"min", "max"} {
		options = append(options, function(name, dyn, list))
		for count := 2; count <= maxArguments; count++ {
			options = append(options, function(name, dyn, slices.Repeat([]*cel.Type{dyn}, count)...))
		}
	}
	return func(e *cel.Env) (*cel.Env, error) {
		var err error
		for _, option := range options {
			if e, err = option(e); err != nil {
				return nil, err
			}
		}
		return e, nil
	}
}

// maxArguments is how many arguments min and max take; more go into a list.
const maxArguments = 5
