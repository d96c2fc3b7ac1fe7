package cloud

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// uuidLen is the length of a UUID as text (RFC 9562).
const uuidLen = 36

const (
	// finderBack is how far behind now the names of the hours are listed, and finderAhead how far in front: an object is
	// named after the arrival of its oldest record, and clocks differ.
	finderBack  = time.Hour
	finderAhead = 15 * time.Minute
	// finderTries is how often a damaged object is read before it is let be.
	finderTries = 3
)

// Finder reads objects of the lake as they come and finds UUIDs in them. It is for one goroutine.
type Finder struct {
	p      *Pipeline
	tables []string
	since  time.Time
	begun  bool
	done   map[string]bool
	tries  map[string]int
}

// Object is an object of a table.
type Object struct{ Table, Key string }

// Finder looks at these tables, and at objects whose oldest record arrived an hour before since or later.
func (p *Pipeline) Finder(tables []string, since time.Time) *Finder {
	return &Finder{p: p, tables: tables, since: since, done: map[string]bool{}, tries: map[string]int{}}
}

// List is s3:ListObjectsV2: the objects that came since the first call and have not been read. The first call returns
// none: what is there then is not new.
func (f *Finder) List(ctx context.Context) ([]Object, error) {
	var fresh []Object
	for _, table := range f.tables {
		until := time.Now().Add(finderAhead)
		for hour := f.since.Add(-finderBack).UTC().Truncate(time.Hour); hour.Before(until); hour = hour.Add(time.Hour) {
			place := f.p.names.DataPrefix + table + hour.Format("/dt=2006-01-02/hour=15/")
			err := f.p.objects(ctx, place, func(o object) error {
				if !f.done[o.key] {
					fresh = append(fresh, Object{table, o.key})
				}
				return nil
			})
			if err != nil {
				return nil, fmt.Errorf("list s3://%s/%s: %w", f.p.names.Bucket, place, err)
			}
		}
	}
	if f.begun {
		return fresh, nil
	}
	f.begun = true
	for _, o := range fresh {
		f.done[o.Key] = true
	}
	return nil, nil
}

// Read is s3:GetObject: it tells each UUID in an object that begins so, as often as it is there. An object that was read
// to its end is not listed any more, nor one that is damaged.
func (f *Finder) Read(ctx context.Context, o Object, beginning string, found func(id string)) error {
	in, body, err := f.p.open(ctx, o.Key)
	if err == nil {
		err = errors.Join(uuids(in, beginning, found), body.Close())
	}
	if f.tries[o.Key]++; err == nil || f.tries[o.Key] == finderTries && ctx.Err() == nil {
		f.done[o.Key] = true
		delete(f.tries, o.Key)
	}
	if err != nil {
		return fmt.Errorf("read s3://%s/%s: %w", f.p.names.Bucket, o.Key, err)
	}
	return nil
}

// Find reads what List lists. It goes on behind an object that cannot be read, and tells of it at the end.
func (f *Finder) Find(ctx context.Context, beginning string, found func(table, key, id string)) error {
	objects, err := f.List(ctx)
	for _, o := range objects {
		err = errors.Join(err, f.Read(ctx, o, beginning, func(id string) { found(o.Table, o.Key, id) }))
	}
	return err
}

// uuids reads in to its end, 64 KiB at a time.
func uuids(in io.Reader, beginning string, found func(id string)) error {
	if len(beginning) == 0 || len(beginning) > uuidLen {
		return fmt.Errorf("%q begins no UUID", beginning)
	}
	sought := []byte(beginning)
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := in.Read(buf[kept:])
		text := buf[:kept+n]
		for {
			at := bytes.Index(text, sought)
			if at < 0 || len(text)-at < uuidLen {
				// A part of one may stand at the end.
				from := max(0, len(text)-len(sought)+1)
				if at >= 0 {
					from = at
				}
				kept = copy(buf, text[from:])
				break
			}
			found(string(text[at : at+uuidLen]))
			text = text[at+uuidLen:]
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
