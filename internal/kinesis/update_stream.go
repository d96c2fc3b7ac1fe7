package kinesis

import (
	"context"
	"time"
)

const (
	minRetentionHours = 24
	maxRetentionHours = 8760
)

// retention is what both operations on the retention period ask for.
type retention struct {
	streamRef
	hours number
}

func (op *retention) field(name string, r reader) {
	if name == "RetentionPeriodHours" {
		op.hours = got(r.integer())
	} else if !op.streamRef.field(name, r) {
		r.skip()
	}
}

func (op *retention) check(v *violations) {
	v.required("retentionPeriodHours", op.hours.set)
	v.number("retentionPeriodHours", op.hours, 1, maxRetentionHours)
	op.streamRef.check(v)
}

// change sets the retention period if allowed finds nothing against it.
func (op *retention) change(ctx context.Context, s *Server, allowed func(stream string, now, wanted int64) *failure) error {
	info, err := op.find(s)
	if err != nil {
		return err
	}
	wanted := op.hours.value
	if wanted < minRetentionHours {
		return invalidArgument("Minimum allowed retention period is %d hours. Requested retention period (%d hours) is too short.", minRetentionHours, wanted)
	}
	err = s.log.UpdateStream(ctx, info.Name, func(info *StreamInfo) error {
		if fault := allowed(info.Name, info.retentionHours(), wanted); fault != nil {
			return fault
		}
		info.Retention = time.Duration(wanted) * time.Hour
		return nil
	})
	return s.streamError(err, info.Name)
}

// increaseRetention keeps records for longer.
type increaseRetention struct{ retention }

func (op *increaseRetention) run(ctx context.Context, s *Server, _ writer) error {
	return op.change(ctx, s, func(stream string, now, wanted int64) *failure {
		if wanted >= now {
			return nil
		}
		return invalidArgument("Requested retention period (%d hours) for stream %s can not be shorter than existing retention period (%d hours). "+
			"Use DecreaseRetentionPeriod API.", wanted, stream, now)
	})
}

// decreaseRetention keeps records for less long.
type decreaseRetention struct{ retention }

func (op *decreaseRetention) run(ctx context.Context, s *Server, _ writer) error {
	return op.change(ctx, s, func(stream string, now, wanted int64) *failure {
		if wanted <= now {
			return nil
		}
		return invalidArgument("Requested retention period (%d hours) for stream %s can not be longer than existing retention period (%d hours). "+
			"Use IncreaseRetentionPeriod API.", wanted, stream, now)
	})
}

// updateMaxRecordSize sets how large a record of the stream may be.
type updateMaxRecordSize struct {
	streamRef
	kib number
}

func (op *updateMaxRecordSize) field(name string, r reader) {
	if name == "MaxRecordSizeInKiB" {
		op.kib = got(r.integer())
	} else if !op.streamRef.field(name, r) {
		r.skip()
	}
}

func (op *updateMaxRecordSize) check(v *violations) {
	v.required("maxRecordSizeInKiB", op.kib.set)
	v.number("maxRecordSizeInKiB", op.kib, 1024, maxRecordBytes/1024)
	op.streamRef.check(v)
}

func (op *updateMaxRecordSize) run(ctx context.Context, s *Server, _ writer) error {
	info, err := op.find(s)
	if err != nil {
		return err
	}
	err = s.log.UpdateStream(ctx, info.Name, func(info *StreamInfo) error {
		info.MaxRecordBytes = int(op.kib.value) * 1024
		return nil
	})
	return s.streamError(err, info.Name)
}
