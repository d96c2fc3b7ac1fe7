package deliver

import "github.com/penstock/penstock/internal/contract"

// ContractProcessor is what runs the contracts.
type ContractProcessor = processor

// WrapProcessors puts what wrap returns in place of every processor the worker makes.
func (w *Worker) WrapProcessors(wrap func(ContractProcessor) ContractProcessor) {
	make := w.newProcessor
	w.newProcessor = func(s *contract.Set) processor { return wrap(make(s)) }
}

// DoubtSpan is how many records share a marker.
const DoubtSpan = doubtSpan

// Path of the attempt's file.
func (f *FileAttempts) Path() string { return f.attempt }
