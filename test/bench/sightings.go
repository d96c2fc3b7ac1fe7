package main

import (
	"errors"
	"io"
	"time"
)

// sightings has, by the id of a request's last event, when the request was sent and when that event
// was first seen in the table.
type sightings map[int64]sighting

type sighting struct{ sent, seen time.Time }

// note takes a sighting, unless the request was seen before.
func (s sightings) note(id int64, sent, seen time.Time) {
	if _, known := s[id]; !known {
		s[id] = sighting{sent, seen}
	}
}

// latencies are the times from sending to seeing, and from when each request was due under the
// given rate of events a second: a generator that is held up sends late, and what its events would
// have had to wait must not be lost. The due times follow from the request that was sent the
// earliest against them.
func (s sightings) latencies(rate float64) (fromSend, fromDue []time.Duration) {
	due := func(id int64) time.Duration { return time.Duration(float64(id) / rate * float64(time.Second)) }
	first, begun := int64(0), time.Time{}
	for id := range s {
		if first == 0 || id < first {
			first = id
		}
	}
	for id, at := range s {
		if start := at.sent.Add(-due(id - first)); begun.IsZero() || start.Before(begun) {
			begun = start
		}
	}
	for id, at := range s {
		fromSend = append(fromSend, at.seen.Sub(at.sent))
		fromDue = append(fromDue, at.seen.Sub(begun.Add(due(id-first))))
	}
	return fromSend, fromDue
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
