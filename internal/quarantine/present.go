package quarantine

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dialect"
	"github.com/penstock/penstock/internal/event"
)

const (
	// looked is how many of a group's events, the newest, are looked at for a suggestion, lookedChars how long one may be.
	looked      = 100
	lookedChars = 16 << 10
)

// newest are the events of a group that arrived last, as they were sent, and since then where that is not zero. The inner
// query finds them by their times alone, so that the texts of a large group are not read.
func (b *Browser) newest(ctx context.Context, g Group, since time.Time) ([][]byte, error) {
	which := fmt.Sprintf("%s AND raw_base64 IS NULL AND length(raw) <= %d", g.condition(), lookedChars)
	if !since.IsZero() {
		which += " AND _arrived_at >= " + dialect.Time(since)
	}
	_, rows, err := b.warehouse.Select(ctx, fmt.Sprintf(`SELECT raw FROM quarantine WHERE %[1]s AND _arrived_at >=
		(SELECT min(_arrived_at) FROM (SELECT _arrived_at FROM quarantine WHERE %[1]s ORDER BY _arrived_at DESC LIMIT %[2]d))
		ORDER BY _arrived_at DESC, _sequence DESC LIMIT %[2]d`, which, looked))
	if err != nil {
		return nil, err
	}
	events := make([][]byte, len(rows))
	for i, row := range rows {
		events[i] = []byte(cell(row, 0))
	}
	return events, nil
}

// verdict is what the present contracts say of events that were refused, maybe by earlier ones.
type verdict struct {
	// same are those still refused for what they were refused for.
	same [][]byte
	// taken counts those that a redrive would move, other the rest.
	taken int
	other map[refusedFor]int
}

func (b *Browser) judge(g Group, events [][]byte) verdict {
	v := verdict{other: map[refusedFor]int{}}
	processor := b.contracts.NewProcessor()
	for _, raw := range events {
		out := processor.Process(raw)
		switch {
		case out.Verdict != contract.Quarantined:
			v.taken++
		case out.Reason == event.Reason(g.Reason) && out.Field == g.Field && out.Contract == g.Contract:
			v.same = append(v.same, raw)
		default:
			v.other[refusedFor{out.Reason, out.Field}]++
		}
	}
	return v
}

// mended is the suggestion for a group that the contracts have changed for since: there is nothing to write any more.
func (v verdict) mended() *Suggestion {
	others := 0
	for _, n := range v.other {
		others += n
	}
	what := ""
	switch {
	case others == 0:
		what = fmt.Sprintf("take %s that arrived last. Redrive this group.", allOf(v.taken))
	case v.taken == 0:
		what = fmt.Sprintf("refuse %s that arrived last for something else, most for %s.", allOf(others), mostOf(v.other))
	default:
		what = fmt.Sprintf("take %d of the %d events that arrived last. Of the others most would be refused for %s.", v.taken, v.taken+others, mostOf(v.other))
	}
	return &Suggestion{Text: "The contracts have changed since: the present ones " + what}
}

// already says how many of the events need no change any more.
func (v verdict) already() string {
	if v.taken == 0 {
		return ""
	}
	return fmt.Sprintf(" Of the others that arrived last the present contracts take %d: redrive them.", v.taken)
}

func allOf(events int) string {
	if events == 1 {
		return "the one event"
	}
	return fmt.Sprintf("all %d events", events)
}

// mostOf is what most events are refused for; of several the first by name.
func mostOf(why map[refusedFor]int) (most refusedFor) {
	for reason, n := range why {
		if n > why[most] || n == why[most] && reason.String() < most.String() {
			most = reason
		}
	}
	return most
}
