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
}

// segmentWriter builds a segment in memory, compressed.
type segmentWriter struct {
	body  bytes.Buffer
	z     *gzip.Writer
	first uint64
	last  uint64
	count int
}

func newSegmentWriter(stream string, shard int) (*segmentWriter, error) {
	w := &segmentWriter{}
	w.z = gzip.NewWriter(&w.body)
	header, err := json.Marshal(segmentHeader{V: entryVersion, Stream: stream, Shard: shard})
	if err != nil {
		return nil, fmt.Errorf("encode a segment header: %w", err)
	}
	return w, w.line(header)
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
	body, err := s.fetch(ctx, ref.Name, ref.SHA256)
	if err != nil {
		return err
	}
	damaged := func(err error) error { return fmt.Errorf("read %s: %w", ref.Name, err) }
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return damaged(err)
	}
	lines := bufio.NewReaderSize(z, 64<<10)
	header, err := lines.ReadBytes('\n')
	if err != nil {
		return damaged(err)
	}
	var h segmentHeader
	if err := json.Unmarshal(header, &h); err != nil {
		return damaged(err)
	}
	if h.V != entryVersion {
		return damaged(fmt.Errorf("layout version %d; this program reads version %d", h.V, entryVersion))
	}
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
