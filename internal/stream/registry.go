package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Info describes a stream.
type Info struct {
	// Name is unique in the log: 1 to 128 letters, digits, '_', '.' and '-'.
	Name string `json:"name"`
	// Created is in seconds since 1970 and part of every sequence number. CreateStream fills it in
	// when it is 0.
	Created int64 `json:"created"`
	// Shards is how many shards there are, from 1 to 1000; it never changes.
	Shards int `json:"shards"`
	// Retention is how long a record is kept at least.
	Retention time.Duration     `json:"retention"`
	Tags      map[string]string `json:"tags,omitempty"`
	// MaxRecordBytes is the largest record, key and data together; at most 10 MiB. CreateStream
	// makes it 1 MiB when it is 0.
	MaxRecordBytes int `json:"maxRecordBytes"`
	// Mode is Kinesis' StreamMode, such as PROVISIONED. The log only keeps it.
	Mode string `json:"mode,omitempty"`
}

func (i Info) clone() Info {
	i.Tags = maps.Clone(i.Tags)
	return i
}

// registry is the durable list of streams. The whole list is one journal entry, so a change happens
// or does not: the entry is the moment from which a stream exists or is gone. Calls are serialised
// by the caller.
type registry struct {
	journal  *Journal
	sequence uint64 // of the entry list was read from
	list     registryEntry
}

// registryEntry is what is written, as JSON.
type registryEntry struct {
	Version int `json:"version"`
	// NextID is given to the next stream.
	NextID  uint64           `json:"nextId"`
	Streams []registryStream `json:"streams"`
}

type registryStream struct {
	ID uint64 `json:"id"`
	Info
}

const registryVersion = 1

// registryJournal is the journal that holds the list.
const registryJournal = "streams"

func openRegistry(ctx context.Context, journal *Journal) (*registry, error) {
	r := &registry{journal: journal}
	return r, r.load(ctx)
}

func (r *registry) load(ctx context.Context) error {
	sequence, entry, err := r.journal.Last(ctx)
	if err != nil {
		return fmt.Errorf("reading the list of streams: %w", err)
	}
	list := registryEntry{Version: registryVersion, NextID: 1}
	if sequence > 0 {
		if err := json.Unmarshal(entry, &list); err != nil {
			return fmt.Errorf("reading the list of streams: %w", err)
		}
	}
	if list.Version != registryVersion {
		return fmt.Errorf("the list of streams has version %d, this program reads version %d: use the program that wrote it",
			list.Version, registryVersion)
	}
	r.sequence, r.list = sequence, list
	return nil
}

// change applies fn to a copy of the list and makes the copy durable; only then does it count.
// After an error the list is what the disk says.
func (r *registry) change(ctx context.Context, fn func(*registryEntry)) error {
	list := r.list
	list.Streams = slices.Clone(list.Streams)
	fn(&list)
	entry, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("writing the list of streams: %w", err)
	}
	// Older lists go first, so that a failure here changes nothing.
	if err := r.journal.Trim(ctx, r.sequence); err != nil {
		return fmt.Errorf("writing the list of streams: %w", err)
	}
	sequence, err := r.journal.Append(ctx, r.sequence, entry)
	if err != nil {
		if again := r.load(ctx); again != nil {
			return fmt.Errorf("writing the list of streams: %w (then %w)", err, again)
		}
		return fmt.Errorf("writing the list of streams: %w", err)
	}
	r.sequence, r.list = sequence, list
	return nil
}

// put adds s, or replaces the stream with its ID.
func (e *registryEntry) put(s registryStream) {
	i := slices.IndexFunc(e.Streams, func(o registryStream) bool { return o.ID == s.ID })
	if i < 0 {
		e.Streams = append(e.Streams, s)
		e.NextID = max(e.NextID, s.ID+1)
		return
	}
	e.Streams[i] = s
}

func (e *registryEntry) remove(id uint64) {
	e.Streams = slices.DeleteFunc(e.Streams, func(o registryStream) bool { return o.ID == id })
}
