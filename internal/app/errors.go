package app

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

// ErrPipelineFile marks faults in a pipeline's files: the person who wrote them mends them.
var ErrPipelineFile = errors.New("the pipeline's files have faults")

// pipelineFault marks an error as one of the pipeline's files without changing what it says.
type pipelineFault struct{ error }

func (f pipelineFault) Unwrap() []error { return []error{f.error, ErrPipelineFile} }

// listenError says why an address cannot be listened on, and what to do.
func listenError(what, flag, address string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return &event.Error{
			Code: "address_in_use", Message: fmt.Sprintf("%s cannot listen on %s: another program does", what, address),
			Hint: fmt.Sprintf("stop that program, or choose another address with %s, such as %s 127.0.0.1:0 for any free port", flag, flag),
		}
	}
	return &event.Error{
		Code: "address", Message: fmt.Sprintf("%s cannot listen on %s", what, address), Err: err,
		Hint: fmt.Sprintf("write an address such as 127.0.0.1:4567 with %s or in pipeline.yaml", flag),
	}
}

// unavailable says of a warehouse that does not answer that it is to be asked again; other errors it leaves as they are.
func unavailable(err error) error {
	if !errors.Is(err, warehouse.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", &event.Error{
		Code: "warehouse_unavailable", Message: "the warehouse does not answer at present", Hint: "try again in a moment",
	}, err)
}
