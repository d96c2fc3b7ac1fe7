package produce

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/internal/event"
)

// refusalsBeforeStop is how many records an endpoint may refuse before it has taken the first one,
// until the run concludes that the fault is not in the records.
const refusalsBeforeStop = 100

// deliver sends records until each of them is acknowledged or failed. It returns an error when the
// run has to stop; what was not acknowledged then counts as failed.
func (p *Producer) deliver(ctx context.Context, records []Record) error {
	progress, pauses := time.Now(), 0
	for first := true; ; first = false {
		if !first {
			p.tally.retried.Add(int64(len(records)))
		}
		rest, err := p.attempt(ctx, records)
		if rest == nil && err == nil {
			return nil
		}
		if len(rest) < len(records) {
			progress, pauses = time.Now(), 0
		}
		records = rest
		switch v := p.judge(err); {
		case ctx.Err() != nil:
			p.tally.fail(len(records), "")
			return context.Cause(ctx)
		case v == refused:
			return p.isolate(ctx, records, err)
		case v == stop:
			p.tally.fail(len(records), "")
			return refusedByEndpoint(p.cfg.Stream, err)
		}
		left := p.cfg.RetryFor - time.Since(progress)
		if left <= 0 {
			p.tally.fail(len(records), "")
			return p.gaveUp(err)
		}
		pause := min(p.pause(pauses), left)
		pauses++
		p.tally.wait(cause(err).Error())
		if !sleep(ctx, pause) {
			p.tally.fail(len(records), "")
			return context.Cause(ctx)
		}
	}
}

// attempt makes one call. It returns the records to send again, in order, and why.
func (p *Producer) attempt(ctx context.Context, records []Record) ([]Record, error) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.CallTimeout)
	defer cancel()
	entries := make([]types.PutRecordsRequestEntry, len(records))
	for i := range records {
		entries[i] = types.PutRecordsRequestEntry{Data: records[i].Data, PartitionKey: &records[i].PartitionKey}
	}
	out, err := p.client.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: &p.cfg.Stream, Records: entries})
	if err != nil {
		return records, err
	}
	if len(out.Records) != len(records) {
		return records, &partialFailure{"odd_answer", fmt.Sprintf("an answer for %d records, not %d", len(out.Records), len(records))}
	}
	var left []Record
	for i, result := range out.Records {
		code := aws.ToString(result.ErrorCode)
		switch {
		case code == "":
			continue
		case classifyCode(code) == refused:
			p.tally.fail(1, fmt.Sprintf("%s: %s", code, aws.ToString(result.ErrorMessage)))
			continue
		}
		left = append(left, records[i])
		err = &partialFailure{code: code, message: aws.ToString(result.ErrorMessage)}
	}
	p.tally.accept(acknowledged(out.Records))
	return left, err
}

// acknowledged counts the results without an error.
func acknowledged(results []types.PutRecordsResultEntry) int {
	n := 0
	for _, result := range results {
		if aws.ToString(result.ErrorCode) == "" {
			n++
		}
	}
	return n
}

// partialFailure is why some records of an otherwise good call are sent again.
type partialFailure struct{ code, message string }

func (f *partialFailure) Error() string { return f.code + ": " + f.message }

// judge is classify with the run's past: an endpoint that has taken records before may be
// restarting, so then nothing but a refusal of these records is final.
func (p *Producer) judge(err error) verdict {
	var partial *partialFailure
	if errors.As(err, &partial) {
		return again
	}
	v := classify(err)
	if v == stop && p.tally.sent.Load() > 0 {
		return again
	}
	return v
}

// isolate finds the records for which the endpoint refused a whole call, so that they spoil no
// others: the halves are sent on their own, and so forth.
func (p *Producer) isolate(ctx context.Context, records []Record, err error) error {
	if len(records) == 1 {
		p.tally.fail(1, cause(err).Error())
		if p.tally.sent.Load() == 0 && p.tally.failed.Load() >= refusalsBeforeStop {
			return refusedByEndpoint(p.cfg.Stream, err)
		}
		return nil
	}
	half := len(records) / 2
	if err := p.deliver(ctx, records[:half]); err != nil {
		p.tally.fail(len(records)-half, "")
		return err
	}
	return p.deliver(ctx, records[half:])
}

// pause is how long to wait before retry n, counted from 0.
func (p *Producer) pause(n int) time.Duration {
	longest := p.cfg.LongestPause
	if n < 30 {
		longest = min(longest, p.cfg.FirstPause<<n)
	}
	return longest - rand.N(longest/2+1)
}

// sleep waits for d; it returns false when ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (p *Producer) gaveUp(err error) error {
	return &event.Error{
		Code:    "no_progress",
		Message: fmt.Sprintf("gave up: for %s the endpoint has not taken a single record of a batch", p.cfg.RetryFor),
		Hint:    "check that the pipeline is running and that its endpoint is the one meant; --retry-for waits longer",
		Err:     cause(err),
	}
}

func refusedByEndpoint(stream string, err error) error {
	return &event.Error{
		Code:    "refused_by_endpoint",
		Message: fmt.Sprintf("cannot send to stream %q", stream),
		Hint:    hint(err),
		Err:     cause(err),
	}
}
