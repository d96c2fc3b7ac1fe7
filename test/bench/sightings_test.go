package main

import (
	"slices"
	"testing"
	"time"
)

func TestLatenciesCountTheWaitOfALateGenerator(t *testing.T) {
	start := time.UnixMilli(1_800_000_000_000)
	after := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	s := sightings{}
	// 500 events a request at 5,000/s: one each 100 ms. The third is sent 250 ms late.
	s.note(100_499, after(0), after(40))
	s.note(100_999, after(101), after(150))
	s.note(101_499, after(450), after(500))
	s.note(101_499, after(450), after(900)) // seen before
	fromSend, fromDue := s.latencies(5000)
	slices.Sort(fromSend)
	slices.Sort(fromDue)
	ms := time.Millisecond
	if !slices.Equal(fromSend, []time.Duration{40 * ms, 49 * ms, 50 * ms}) {
		t.Errorf("from sending: %v", fromSend)
	}
	if !slices.Equal(fromDue, []time.Duration{40 * ms, 50 * ms, 300 * ms}) {
		t.Errorf("from when due: %v", fromDue)
	}
}

func TestNoSightingsHaveNoLatencies(t *testing.T) {
	if a, b := (sightings{}).latencies(1); len(a)+len(b) != 0 {
		t.Errorf("%v, %v", a, b)
	}
}

func TestPositionsOfABacklog(t *testing.T) {
	series := []position{
		{Seconds: 1, Accepted: 100, Loaded: 50},
		{Seconds: 2, Accepted: 300, Loaded: 100, Refusing: true},
		{Seconds: 3, Accepted: 300, Loaded: 300},
	}
	if n, refused := largestBacklog(series); n != 200 || !refused {
		t.Errorf("%d, %t", n, refused)
	}
	if n, refused := largestBacklog(series[:1]); n != 50 || refused {
		t.Errorf("%d, %t", n, refused)
	}
	if at := positionAt(series, 2.5); at.Loaded != 100 {
		t.Errorf("%+v", at)
	}
	if at := positionAt(series, 0.5); at != (position{}) {
		t.Errorf("%+v", at)
	}
}
