package lambda

import (
	"errors"
	"log/slog"
	"time"
)

const (
	// MaxPayload is the largest payload and the largest answer, in bytes: Lambda's quota of 6 MB for a
	// synchronous invocation, as its own error message counts it.
	MaxPayload = 6291556
	// initTimeout bounds the time from starting a function's process to its first question for work:
	// what Lambda grants the initialisation.
	initTimeout = 10 * time.Second
	// maxInstances is how many invocations of a function run at once: Firehose has at most five
	// outstanding for a shard.
	maxInstances = 10
)

// Config of a Function.
type Config struct {
	// Source is a folder, a zip, a handler's file, or the URL of a Lambda endpoint. Not with Command.
	Source string
	// Handler is what Lambda calls the handler: file and function, such as "index.handler". Default: what
	// the files suggest (index.handler, lambda_function.lambda_handler).
	Handler string
	// Command is a program that is a custom runtime, and its arguments, in place of Source.
	Command []string
	// TaskRoot is the folder LAMBDA_TASK_ROOT names for Command.
	TaskRoot string
	// Env are further variables of the function's environment, NAME=VALUE. It gets none of this
	// process's but PATH and HOME: a function's environment is its configuration.
	Env []string
	// Name is the function's name. Default: of the source's file or folder.
	Name string
	// Region is what the function is told and what its ARN says. Default us-east-1.
	Region string
	// Timeout of an invocation. Default 1 minute, what AWS asks for functions that Firehose calls; at
	// most 15.
	Timeout time.Duration
	// MemoryMB is what the function is told; it is not enforced. Default 256.
	MemoryMB int
	// ScratchDir is where zips are unpacked and runtimes are put. Required unless Source is a URL.
	ScratchDir string
	// Logger gets what the function prints, at the level debug. Default: discard.
	Logger *slog.Logger
}

// Validate reports every fault.
func (c Config) Validate() error {
	var faults []error
	if (c.Source == "") == (len(c.Command) == 0) {
		faults = append(faults, errors.New("a function is either a Source or a Command"))
	}
	if c.Timeout < 0 || c.Timeout > 15*time.Minute {
		faults = append(faults, errors.New("the timeout of a function is at most 15 minutes"))
	}
	if c.MemoryMB < 0 {
		faults = append(faults, errors.New("the memory of a function cannot be negative"))
	}
	return errors.Join(faults...)
}

func (c Config) withDefaults() Config {
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.MemoryMB == 0 {
		c.MemoryMB = 256
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
