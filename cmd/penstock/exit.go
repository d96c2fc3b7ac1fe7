package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
)

// Exit codes of every command.
const (
	exitFailed = 1
	exitUsage  = 2 // bad usage, or a bad pipeline file
)

// usageError is a mistake in how the command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// silentError fails a command that has already said everything.
var errSilent = errors.New("")

func isSilent(err error) bool { return errors.Is(err, errSilent) }

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if _, ok := errors.AsType[usageError](err); ok || errors.Is(err, app.ErrPipelineFile) {
		return exitUsage
	}
	return exitFailed
}

// usageArgs makes what a cobra validator refuses a usage error.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w; `%s --help` shows what it takes", err, cmd.CommandPath())}
		}
		return nil
	}
}
