package kinesis

import "context"

// deleteStream removes a stream with its records. EnforceConsumerDeletion has nothing to enforce,
// as there are no consumers.
type deleteStream struct{ streamRef }

func (op *deleteStream) field(name string, r reader) {
	if !op.streamRef.field(name, r) {
		r.skip()
	}
}

func (op *deleteStream) run(ctx context.Context, s *Server, _ writer) error {
	info, err := op.find(s)
	if err != nil {
		return err
	}
	return s.streamError(s.log.DeleteStream(ctx, info.Name), info.Name)
}
