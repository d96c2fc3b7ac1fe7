package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/penstock/penstock/internal/infer"
	"github.com/penstock/penstock/internal/produce"
)

// sample is the events that contracts are proposed from.
type sample struct {
	events []infer.Event
	// size is their bytes.
	size int
	// cut says that there are more, which were not looked at.
	cut bool
}

// readSample reads events as `penstock produce --from` does.
func readSample(ctx context.Context, paths []string, format string) (sample, error) {
	options := sourceOptions{from: paths, format: format, sourceName: "base"}
	if err := options.parseFiles(ctx); err != nil {
		return sample{}, usageError{err}
	}
	read, err := sampleOf(options.files)
	if err == nil && len(read.events) == 0 {
		err = usageError{fmt.Errorf("there are no events in %s; write one JSON object a line, or a CSV file with a header row", strings.Join(paths, ", "))}
	}
	return read, err
}

// sampleOfText is a sample of NDJSON that is in memory.
func sampleOfText(name string, text []byte) (sample, error) {
	return sampleOf(produce.FilesConfig{Format: produce.FormatNDJSON, Files: []produce.File{{
		Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil },
	}}})
}

// sampleOf takes the beginning of each file, and of each as much: what comes in the last one only must not
// be missing from what is proposed.
func sampleOf(from produce.FilesConfig) (sample, error) {
	if err := from.Validate(); err != nil {
		return sample{}, err
	}
	var read sample
	for i, file := range from.Files {
		one := from
		one.Files = []produce.File{file}
		left := len(from.Files) - i
		if err := read.file(one, (infer.MaxEvents-len(read.events))/left, (infer.MaxBytes-read.size)/left); err != nil {
			return sample{}, err
		}
	}
	return read, nil
}

// file reads at most so many events and bytes.
func (s *sample) file(from produce.FilesConfig, events, bytes int) error {
	files, err := produce.NewFiles(from)
	if err != nil {
		return err
	}
	defer files.Close()
	events += len(s.events)
	bytes += s.size
	for {
		record, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the events: %w", err)
		}
		if len(s.events) == events || s.size+len(record.Data) > bytes {
			s.cut = true
			return nil
		}
		s.size += len(record.Data)
		file, line, csv := files.Origin()
		s.events = append(s.events, infer.Event{File: file, Line: line, Data: record.Data, CSV: csv})
	}
}

// told is what of the sample people should know.
func (s sample) told() string {
	if !s.cut {
		return ""
	}
	return fmt.Sprintf("Only %s events were looked at, the first of each file.\n", humanize.Comma(int64(len(s.events))))
}

// printRefused says which samples the proposed contracts do not take.
func printRefused(w io.Writer, p *infer.Proposal) {
	if p.RefusedInAll == 0 {
		fmt.Fprintf(w, "All %s become rows.\n", count(p.Events, "sample event"))
		return
	}
	fmt.Fprintf(w, "%s of %s would become rows, the others go to the quarantine:\n", humanize.Comma(int64(p.Rows)), count(p.Events, "sample event"))
	for _, r := range p.Refused {
		line := r.File + ":" + strconv.FormatInt(r.Line, 10) + ": " + r.Reason
		if r.Field != "" {
			line += " " + r.Field
		}
		if r.Detail != "" {
			line += ": " + r.Detail
		}
		fmt.Fprintf(w, "  %s\n", strings.Map(printable, line))
	}
	if more := p.RefusedInAll - len(p.Refused); more > 0 {
		fmt.Fprintf(w, "  and %s more\n", humanize.Comma(int64(more)))
	}
}

// printPrivate says which columns were taken for personal data.
func printPrivate(w io.Writer, p *infer.Proposal) {
	var names []string
	for _, c := range p.Contracts {
		for _, column := range c.Columns {
			if column.Private {
				names = append(names, c.Table+"."+column.Name)
			}
		}
	}
	if len(names) > 0 {
		fmt.Fprintf(w, "Taken for personal data, and masked (pii): %s\n", joined(names))
	}
}

// count is a number and what is counted, in the plural where it has to be.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return humanize.Comma(int64(n)) + " " + what
}
