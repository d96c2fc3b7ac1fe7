package main

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// failure is an error for programs: what a command that was asked for JSON prints on standard output
// when it has printed nothing else there. People read the same on standard error.
type failure struct {
	// Error is what people read; Code, Hint and Faults are its parts where it has them.
	Error  string  `json:"error"`
	Code   string  `json:"code,omitempty"`
	Hint   string  `json:"hint,omitempty"`
	Faults []fault `json:"faults,omitempty"`
}

// fault is one thing that is wrong in a pipeline's files.
type fault struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Message string `json:"message"`
	Instead string `json:"instead,omitempty"`
}

func newFailure(err error) failure {
	f := failure{Error: err.Error()}
	if known, ok := errors.AsType[*event.Error](err); ok {
		f.Code, f.Hint = known.Code, known.Hint
	}
	if invalid, ok := errors.AsType[*contract.InvalidError](err); ok {
		f.Code = "pipeline_file"
		for _, one := range invalid.Faults {
			f.Faults = append(f.Faults, fault{one.File, one.Line, one.Message, one.Instead})
		}
	}
	if _, ok := errors.AsType[usageError](err); ok && f.Code == "" {
		f.Code = "usage"
	}
	return f
}

// printFailure tells a program that asked for JSON why there is none.
func printFailure(w io.Writer, err error) {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(newFailure(err)) // a program that is gone cannot be told so
}

// wantsJSON says that the command was asked for JSON, also where its flags were wrong and not read to the end.
func wantsJSON(cmd *cobra.Command, args []string) bool {
	if cmd == nil || cmd.Flags().Lookup("json") == nil {
		return false
	}
	for i, arg := range args {
		switch {
		case arg == "--":
			return false
		case arg == "--json", arg == "--json=true":
			return true
		// Of other commands it is the format of files.
		case cmd.Name() == "query" && (arg == "--format=json" || arg == "--format" && i+1 < len(args) && args[i+1] == "json"):
			return true
		}
	}
	return false
}

// countedWriter is standard output that knows whether something was written.
type countedWriter struct {
	io.Writer
	written int64
}

func (c *countedWriter) Write(chunk []byte) (int, error) {
	n, err := c.Writer.Write(chunk)
	c.written += int64(n)
	return n, err
}
