package catalog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/penstock/penstock/internal/event"
)

// A manifest segment is a gzipped text: a line with the segmentHeader, then one line for each commit,
// oldest first, as JSON. Its checksum is in the reference to it.

type segmentHeader struct {
	V      int    `json:"v"`
	Stream string `json:"stream"`
	Shard  int    `json:"shard"`
	// Classified says that Before has the totals by contract before the segment's first commit.
	Classified bool              `json:"classified,omitempty"`
	Before     map[string]Counts `json:"before,omitempty"`
}

// segmentHeader is the header of the segment that begins behind the last checkpoint.
func (s *Shard) segmentHeader(ctx context.Context, v view) (segmentHeader, error) {
	header := segmentHeader{V: entryVersion, Stream: s.cfg.Stream, Shard: s.cfg.Shard}
	if v.state.CheckpointAt == 0 {
		header.Classified = true
		return header, nil
	}
	point, err := s.entryAt(ctx, v.state.CheckpointAt)
	if err != nil {
		return header, err
	}
	header.Classified = point.State.classified(point.State.Position)
	header.Before = point.State.Contracts
	return header, nil
}

// segmentWriter builds a segment in memory, compressed.
type segmentWriter struct {
	body  bytes.Buffer
	z     *gzip.Writer
	first uint64
	last  uint64
	count int
}

func newSegmentWriter(header segmentHeader) (*segmentWriter, error) {
	w := &segmentWriter{}
	w.z = gzip.NewWriter(&w.body)
	text, err := json.Marshal(header)
	if err != nil {
		return nil, fmt.Errorf("encode a segment header: %w", err)
	}
	return w, w.line(text)
}

func (w *segmentWriter) add(number uint64, commit []byte) error {
	if w.count == 0 {
		w.first = number
	}
	w.last = number
	w.count++
	return w.line(commit)
}

func (w *segmentWriter) line(text []byte) error {
	if _, err := w.z.Write(text); err != nil {
		return fmt.Errorf("compress a segment: %w", err)
	}
	if _, err := w.z.Write([]byte{'\n'}); err != nil {
		return fmt.Errorf("compress a segment: %w", err)
	}
	return nil
}

// finish returns the segment and the reference to it.
func (w *segmentWriter) finish(stream string, shard int) (segmentRef, []byte, error) {
	if err := w.z.Close(); err != nil {
		return segmentRef{}, nil, fmt.Errorf("compress a segment: %w", err)
	}
	sum := checksum(w.body.Bytes())
	ref := segmentRef{
		// The checksum in the name lets an interrupted compaction be done again with other contents.
		Name:   fmt.Sprintf("manifest/%s/%s/commits-%020d-%020d-%s.ndjson.gz", stream, event.ShardID(shard), w.first, w.last, sum[:12]),
		First:  w.first,
		Last:   w.last,
		Count:  w.count,
		Bytes:  int64(w.body.Len()),
		SHA256: sum,
	}
	return ref, w.body.Bytes(), nil
}

// fetch gets an object of the archive and checks that it is the one that was put there.
func (s *Shard) fetch(ctx context.Context, name, sum string) ([]byte, error) {
	body, err := s.archive.Get(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if got := checksum(body); got != sum {
		return nil, &event.Error{
			Code:    "manifest_damaged",
			Message: fmt.Sprintf("%s in the lake has checksum %s, not %s", name, got, sum),
			Hint:    "somebody changed the lake's manifest folder; restore the object from a backup",
		}
	}
	return body, nil
}

// readSegment calls fn for each commit of a segment after number.
func (s *Shard) readSegment(ctx context.Context, ref segmentRef, number uint64, fn func(Commit) error) error {
	return s.readHeadedSegment(ctx, ref, number, func(segmentHeader) {}, fn)
}

// readHeadedSegment is readSegment that calls head with the header first.
func (s *Shard) readHeadedSegment(ctx context.Context, ref segmentRef, number uint64, head func(segmentHeader), fn func(Commit) error) error {
	body, err := s.fetch(ctx, ref.Name, ref.SHA256)
	if err != nil {
		return err
	}
	damaged := func(err error) error { return fmt.Errorf("read %s: %w", ref.Name, err) }
	lines, h, err := openSegment(body)
	if err != nil {
		return damaged(err)
	}
	head(h)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		var c Commit
		if err := json.Unmarshal(line, &c); err != nil {
			return damaged(err)
		}
		if c.Number <= number {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
	}
}

// openSegment reads the header; the commits follow, one a line.
func openSegment(body []byte) (*bufio.Reader, segmentHeader, error) {
	var h segmentHeader
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, h, err
	}
	lines := bufio.NewReaderSize(z, 64<<10)
	text, err := lines.ReadBytes('\n')
	if err != nil {
		return nil, h, err
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return nil, h, err
	}
	if h.V != entryVersion {
		return nil, h, fmt.Errorf("layout version %d; this program reads version %d", h.V, entryVersion)
	}
	return lines, h, nil
}
