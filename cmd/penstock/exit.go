package main

import (
	"context"
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

// interrupted replaces what a command complains about when it was told to stop.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}

// knownCommand refuses a command that does not exist, with the one that may be meant.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if meant := cmd.SuggestionsFor(args[0]); len(meant) > 0 {
		return usageError{fmt.Errorf("there is no command %q; did you mean `penstock %s`?", args[0], meant[0])}
	}
	return usageError{fmt.Errorf("there is no command %q; `penstock --help` lists them", args[0])}
}

// noArgs refuses arguments and says what to write in place of the first.
func noArgs(instead string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return usageError{fmt.Errorf("%q has no place here; write `%s %s`", args[0], cmd.CommandPath(), fmt.Sprintf(instead, args[0]))}
	}
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
