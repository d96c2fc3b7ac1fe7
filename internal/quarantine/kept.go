package quarantine

import (
	"context"
	"strings"
	"time"
)

// keptFor is how long the groups are told again without being counted, as long as nothing came or went:
// suggestions also say how many rows a contract has.
const keptFor = time.Minute

// kept is the last overview of all events. A million of them take most of a second to group, and several people may
// look at the page, which asks again and again.
type kept struct {
	// turn has room for one who counts; the others wait for the same groups.
	turn     chan struct{}
	state    string
	at       time.Time
	overview Overview
}

// Overview groups the events that arrived since then; the zero time is for all. It may be shared with others and must
// not be changed.
func (b *Browser) Overview(ctx context.Context, since time.Time) (Overview, error) {
	if !since.IsZero() {
		return b.count(ctx, since)
	}
	select {
	case b.kept.turn <- struct{}{}:
		defer func() { <-b.kept.turn }()
	case <-ctx.Done():
		return Overview{}, ctx.Err()
	}
	state, err := b.state(ctx)
	if err != nil {
		return Overview{}, err
	}
	if state == b.kept.state && time.Since(b.kept.at) < keptFor {
		return b.kept.overview, nil
	}
	overview, err := b.count(ctx, since)
	if err == nil {
		b.kept.state, b.kept.at, b.kept.overview = state, time.Now(), overview
	}
	return overview, err
}

// state is a text that changes when events come or go, and costs the warehouse next to nothing.
func (b *Browser) state(ctx context.Context) (string, error) {
	_, rows, err := b.warehouse.Select(ctx, "SELECT count(*), min(_arrived_at), max(_arrived_at) FROM quarantine")
	if err != nil {
		return "", err
	}
	var state strings.Builder
	for _, row := range rows {
		for i := range row {
			state.WriteString(cell(row, i) + " ")
		}
	}
	return state.String(), nil
}
