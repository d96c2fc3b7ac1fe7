// Package processor does with a batch of records what Data Firehose does with one: it has a function
// transform them, decides about each answer, and says which object a record belongs to.
package processor

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/firehose/prefix"
)

// Function is what transforms records.
type Function interface {
	// Invoke calls the function with an event of Firehose and returns its answer. The error is an
	// *InvokeError, or anything else when ctx has ended.
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
	// ARN names the function in error documents.
	ARN() string
}

// InvokeError is a failed invocation, as Firehose sees it.
type InvokeError struct {
	// Code is the errorCode of error documents, such as "Lambda.FunctionError".
	Code string
	// Message is the errorMessage.
	Message string
	// Detail is what really happened, for the log.
	Detail string
	// Retry: another attempt may succeed.
	Retry bool
}

func (e *InvokeError) Error() string { return e.Code + ": " + e.Detail }

// Config of a Processor.
type Config struct {
	// Shard whose records are processed; its stream is the delivery stream's name too.
	Shard event.Shard
	// Region and account 123456789012 make the ARNs that functions see. Default us-east-1.
	Region string
	// Contracts say which tables there are: a line that has a table's shape can be loaded.
	Contracts *contract.Set
	// Data and Errors are the prefixes. Required.
	Data, Errors *prefix.Prefix
	// Extension of data objects, with its dot.
	Extension string
	// Retries of an invocation that fails. Default 3, Firehose's NumberOfRetries; -1 for none.
	Retries int
	// RetryPause is the pause before the first retry; it doubles. Default 1 s. Firehose's own is not
	// documented.
	RetryPause time.Duration
	// MaxPartitions is how many objects of data may be open. Default 500, Firehose's quota.
	MaxPartitions int
	// Logger hears why invocations fail. Default: discard.
	Logger *slog.Logger
}

// Validate reports every fault.
func (c Config) Validate() error {
	var faults []error
	if c.Shard.Stream == "" {
		faults = append(faults, errors.New("processor: Shard has no stream"))
	}
	if c.Contracts == nil || c.Data == nil || c.Errors == nil {
		faults = append(faults, errors.New("processor: Contracts, Data and Errors are required"))
	}
	if c.Retries < -1 || c.MaxPartitions < 0 || c.RetryPause < 0 {
		faults = append(faults, errors.New("processor: Retries, RetryPause and MaxPartitions cannot be negative"))
	}
	return errors.Join(faults...)
}

func (c Config) withDefaults() Config {
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	switch c.Retries {
	case 0:
		c.Retries = 3
	case -1:
		c.Retries = 0
	}
	if c.RetryPause == 0 {
		c.RetryPause = time.Second
	}
	if c.MaxPartitions == 0 {
		c.MaxPartitions = 500
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
