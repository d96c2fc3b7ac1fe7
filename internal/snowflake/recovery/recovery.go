package recovery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake"
)

// History is what Snowflake knows of a table's files. A *snowflake.Run is one.
type History interface {
	// Refused are the files that were not loaded whole in the time before now; more says that these are not all.
	Refused(ctx context.Context, t *contract.Table, before time.Duration) (files []snowflake.RefusedFile, more bool, err error)
	// Loaded are the rows of a file that the table has, behind a row: at most snowflake.LoadedPage ranges.
	Loaded(ctx context.Context, t *contract.Table, key string, after int64) ([]snowflake.LoadedRange, error)
}

// Config says what is recovered.
type Config struct {
	// Tables whose files are looked at, the quarantine's too. Required.
	Tables []*contract.Table
	Lake   snowflake.Lake
	// Before is how far back to look. Default snowflake.Remembered, which is the most.
	Before time.Duration
	// DryRun writes nothing.
	DryRun bool
	// Progress hears of each file that is done. Default: nobody.
	Progress func(File)
	// MaxRow is the longest row in bytes. Default 12 MiB: the transformer answers Firehose 6 MB at most, and a longer
	// row, once more in base64, would not fit into the 16 MiB of a text in Snowflake.
	MaxRow int
	// MaxObject is the most that is read of an object, unpacked. Default 4 GiB: Firehose's have 128 MiB and some more
	// when it is behind, and a packed object may be made to unpack without an end.
	MaxObject int64
}

func (c Config) withDefaults() Config {
	if c.Before == 0 || c.Before > snowflake.Remembered {
		c.Before = snowflake.Remembered
	}
	if c.Progress == nil {
		c.Progress = func(File) {}
	}
	if c.MaxRow == 0 {
		c.MaxRow = 12 << 20
	}
	if c.MaxObject == 0 {
		c.MaxObject = 4 << 30
	}
	return c
}

// Run looks at each table's refused files, the oldest first. What is wrong with one file is in the report, and the
// others are done; the error is what keeps all from being done. It can be stopped and run again.
func Run(ctx context.Context, cfg Config, history History, lake snowflake.Objects) (Report, error) {
	r := &run{cfg: cfg.withDefaults(), history: history, lake: lake}
	r.report = Report{DryRun: cfg.DryRun, Files: []File{}}
	for _, t := range r.cfg.Tables {
		files, more, err := history.Refused(ctx, t, r.cfg.Before)
		if err != nil {
			return r.report, fmt.Errorf("ask for the files of table %s that were refused: %w", t.Name, err)
		}
		if more {
			r.report.More = append(r.report.More, t.Name)
		}
		for _, refused := range files {
			f, err := r.file(ctx, t, refused)
			if err != nil {
				return r.report, fmt.Errorf("%s: %w", refused.Key, err)
			}
			r.report.add(f)
			r.cfg.Progress(f)
		}
	}
	return r.report, nil
}

type run struct {
	cfg     Config
	history History
	lake    snowflake.Objects
	report  Report
}

// file does one file. The error ends the run.
func (r *run) file(ctx context.Context, t *contract.Table, refused snowflake.RefusedFile) (File, error) {
	f := File{Table: t.Name, File: refused.Key, Status: refused.Status, Error: refused.Error, Line: refused.Line}
	switch {
	case refused.Key == "":
		f.File = refused.Name
		return f.fault(fmt.Errorf("it does not lie below %s%s/, so it is none of the pipeline's", r.cfg.Lake.URL(), t.Name)), nil
	case t.Name == contract.QuarantineName:
		f.Outcome = Quarantine
		return f, nil
	}
	f.Object = r.cfg.Lake.RecoveredKey(t, refused.Key)
	there, err := r.lake.Exists(ctx, f.Object)
	if err != nil {
		return f, err
	}
	if there {
		f.Outcome = Before
		return f, nil
	}
	err = r.recover(ctx, t, refused, &f)
	var fault *fileFault
	switch {
	case ctx.Err() != nil:
		return f, ctx.Err()
	case errors.As(err, &fault):
		return f.fault(fault.err), nil
	}
	return f, err
}

// fileFault is what is wrong with one file; others may be done.
type fileFault struct{ err error }

func (e *fileFault) Error() string { return e.err.Error() }
func (e *fileFault) Unwrap() error { return e.err }

func faultf(format string, args ...any) error { return &fileFault{fmt.Errorf(format, args...)} }

// recover reads a file and writes the rows that the table has not.
func (r *run) recover(ctx context.Context, t *contract.Table, refused snowflake.RefusedFile, f *File) error {
	body, err := r.lake.Open(ctx, refused.Key)
	if errors.Is(err, fs.ErrNotExist) {
		return faultf("the lake does not have it any more; an older version of the object may be in the bucket")
	}
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // only read
	plain, err := unpacked(body, r.cfg.MaxObject)
	if err != nil {
		return faultf("it cannot be unpacked: %w", err)
	}
	out, err := newObject()
	if err != nil {
		return err
	}
	defer out.remove()
	rows := &table{known: loaded{ask: func(after int64) ([]snowflake.LoadedRange, error) {
		return r.history.Loaded(ctx, t, refused.Key, after)
	}},
		row: quarantineRow{table: t.Name, file: refused}}
	if err := rows.missing(newRecords(plain, r.cfg.MaxRow), out); err != nil {
		return err
	}
	if rows.known.found < refused.Loaded {
		return faultf("Snowflake loaded %d of its rows, and the table has %d of them now: rows were deleted, and which were refused cannot be told any more",
			refused.Loaded, rows.known.found)
	}
	f.Rows, f.Missing = rows.rows, out.rows
	switch {
	case out.rows == 0:
		f.Outcome, f.Object = Complete, ""
		return nil
	case r.cfg.DryRun:
		f.Outcome = WouldRecover
		return nil
	}
	f.Outcome = Recovered
	packed, err := out.finish()
	if err != nil {
		return err
	}
	if err := r.lake.Create(ctx, f.Object, packed); errors.Is(err, fs.ErrExist) {
		f.Outcome = Before // by a run at the same time
	} else if err != nil {
		return err
	}
	return nil
}

// table walks through a file beside what the table has of it.
type table struct {
	known loaded
	row   quarantineRow
	rows  int64
}

// missing writes the rows that the table has not.
func (w *table) missing(file *records, out *object) error {
	for {
		err := file.next()
		if errors.Is(err, io.EOF) {
			w.rows = file.number
			return w.known.end(file.number)
		}
		if err != nil {
			return faultf("row %d: %w", file.number+1, err)
		}
		has, err := w.known.has(file)
		if err != nil {
			return err
		}
		if has {
			continue
		}
		line, err := w.row.line(file)
		if err != nil {
			return faultf("row %d: %w", file.number, err)
		}
		if err := out.add(line); err != nil {
			return err
		}
	}
}

// errForeign: the file's rows and the table's do not fit together.
func errForeign(format string, args ...any) error {
	return &fileFault{&event.Error{Code: "rows_differ", Message: fmt.Sprintf(format, args...),
		Hint: "nothing was written for it: Snowflake counts the file's rows otherwise, or the object was replaced; compare the two by _FILE and _ROW"}}
}
