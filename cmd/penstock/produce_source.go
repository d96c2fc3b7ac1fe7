package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/penstock/penstock/internal/produce"
)

// sourceOptions say which events to send.
type sourceOptions struct {
	from         []string
	format       string
	partitionKey string
	asIs         bool
	sourceName   string
	stdinName    string
	bad          int64
	seed         uint64

	// What the arguments come to: how many orders to make, or which files to send.
	orders int64
	files  produce.FilesConfig
}

func (o *sourceOptions) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&o.from, "from", nil, "send the lines of this file and of those that follow; - is standard input")
	flags.StringVar(&o.format, "format", "auto", "how the files are written: csv, ndjson, json, or auto")
	flags.StringVar(&o.partitionKey, "partition-key", "", "the field whose value is the partition key (default: file and line)")
	flags.BoolVar(&o.asIs, "as-is", false, "do not add _source_id, _source_file and _source_line")
	flags.StringVar(&o.sourceName, "source-name", "base", "what names a file in _source_id: its base name, or its path as given")
	flags.StringVar(&o.stdinName, "stdin-name", "", "what names standard input in _source_id (default: a new name in each run)")
	flags.Int64Var(&o.bad, "bad", 0, "how many of the N orders are bad, in ten ways in turn")
	flags.Uint64Var(&o.seed, "seed", 0, "make the same orders for the same ids in every run (default: random ones)")
}

// parse reads the command's arguments. It reports flags that do not go together, and files that
// cannot be read, before anything is sent.
func (o *sourceOptions) parse(ctx context.Context, args []string) error {
	if len(o.from) > 0 {
		o.from = append(o.from, args...)
		return o.parseFiles(ctx)
	}
	if len(args) != 1 {
		return errors.New("say how many orders to send, such as `penstock produce 1800`, or name files with --from")
	}
	var err error
	if o.orders, err = strconv.ParseInt(args[0], 10, 64); err != nil || o.orders < 1 {
		return fmt.Errorf("%q is not a number of orders; to send a file, write `penstock produce --from %s`", args[0], args[0])
	}
	if o.bad < 0 || o.bad > o.orders {
		return fmt.Errorf("--bad %d: write 0 to %d", o.bad, o.orders)
	}
	if o.partitionKey != "" || o.asIs {
		return errors.New("--partition-key and --as-is are about files, not dummy orders")
	}
	return nil
}

func (o *sourceOptions) parseFiles(ctx context.Context) error {
	if o.bad != 0 || o.seed != 0 {
		return errors.New("--bad and --seed are about dummy orders, not files")
	}
	if o.sourceName != "base" && o.sourceName != "path" {
		return fmt.Errorf("--source-name %s: write base or path", o.sourceName)
	}
	format, err := produce.ParseFormat(o.format)
	if err != nil {
		return fmt.Errorf("--format: %w", err)
	}
	o.files = produce.FilesConfig{Format: format, PartitionKey: o.partitionKey, AsIs: o.asIs}
	for _, path := range o.from {
		file, err := o.file(ctx, path)
		if err != nil {
			return err
		}
		o.files.Files = append(o.files.Files, file)
	}
	if err := o.files.Validate(); err != nil {
		return fmt.Errorf("%w; --source-name path tells them apart", err)
	}
	return nil
}

// events is an open source.
type events struct {
	source produce.Source
	// total is how many events there are, 0 when that is not known.
	total int64
	// close gives back what the source did not use.
	close func() error
}

// open opens the source; ids of orders are counted in idFile.
func (o sourceOptions) open(idFile string) (events, error) {
	if len(o.from) > 0 {
		files, err := produce.NewFiles(o.files)
		if err != nil {
			return events{}, err
		}
		return events{source: files, close: func() error { files.Close(); return nil }}, nil
	}
	ids, err := produce.ReserveIDs(idFile, o.orders)
	if err != nil {
		return events{}, err
	}
	orders, err := produce.NewOrders(produce.OrdersConfig{First: ids.First, Count: o.orders, Bad: o.bad, Seed: o.seed})
	if err != nil {
		return events{}, err
	}
	return events{orders, o.orders, func() error { return ids.Return(orders.Made()) }}, nil
}

// file makes sure that a file can be read before anything is sent.
func (o sourceOptions) file(ctx context.Context, path string) (produce.File, error) {
	if path == "-" {
		name := o.stdinName
		if name == "" {
			// Lines of two runs must not look like the same event sent twice.
			name = fmt.Sprintf("stdin-%s-%04x", time.Now().UTC().Format("20060102T150405"), rand.N(1<<16))
		}
		return produce.File{Name: name, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(interruptible(ctx, os.Stdin)), nil
		}}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return produce.File{}, fmt.Errorf("%w; --from takes names of files", err)
	}
	info, err := file.Stat()
	if err = errors.Join(err, file.Close()); err != nil {
		return produce.File{}, err
	}
	if info.IsDir() {
		return produce.File{}, fmt.Errorf("%s is a folder; write %s to send its files", path, filepath.Join(path, "*"))
	}
	name := filepath.Base(path)
	if o.sourceName == "path" {
		name = filepath.ToSlash(filepath.Clean(path))
	}
	return produce.File{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(path) }}, nil
}

// interruptible returns a reader of r that gives up waiting when ctx ends. A read of a terminal or
// a pipe cannot be called off; it is left behind for the process's end.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	pipe, fill := io.Pipe()
	go func() {
		_, err := io.Copy(fill, r)
		fill.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { fill.CloseWithError(context.Cause(ctx)) })
	return pipe
}
