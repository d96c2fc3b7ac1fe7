package quarantine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dialect"
)

const (
	// maxGroups bounds the groups told, the largest first: events may have any number of unknown fields.
	maxGroups = 200
	// suggested is for how many of them a suggestion is looked for.
	suggested = 20
	// buckets is about how many points a history has.
	buckets = 30
)

// Overview is the quarantine in groups.
type Overview struct {
	// Groups has the most frequent first, at most 200.
	Groups []Group `json:"groups"`
	// Total counts all events of the range, also those of groups beyond.
	Total int64 `json:"total"`
}

// Group is the events refused for one reason, by one contract, because of one field. Contract and Field
// may be empty.
type Group struct {
	Reason   string    `json:"reason"`
	Contract string    `json:"contract"`
	Field    string    `json:"field"`
	Count    int64     `json:"count"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	// History counts arrivals in about 30 parts of equal length, the same for all groups.
	History    []Point     `json:"history"`
	Suggestion *Suggestion `json:"suggestion,omitempty"`
}

// Point is how many events arrived in the part of the range that begins At.
type Point struct {
	At    time.Time `json:"at"`
	Count int64     `json:"count"`
}

// Suggestion is what would make the contract take a group's events.
type Suggestion struct {
	// Text says why, and what it costs.
	Text string `json:"text"`
	// File is the contract's, within the pipeline's folder, and YAML the lines to put there; both may
	// be empty.
	File string `json:"file,omitempty"`
	YAML string `json:"yaml,omitempty"`
}

// count groups the events that arrived since then; the zero time is for all.
func (b *Browser) count(ctx context.Context, since time.Time) (Overview, error) {
	where := ""
	if !since.IsZero() {
		where = " WHERE _arrived_at >= " + dialect.Time(since)
	}
	_, rows, err := b.warehouse.Select(ctx, `SELECT reason, contract, field, count(*), min(_arrived_at), max(_arrived_at),
		sum(count(*)) OVER (), min(min(_arrived_at)) OVER (), max(max(_arrived_at)) OVER ()
		FROM quarantine`+where+fmt.Sprintf(` GROUP BY reason, contract, field ORDER BY 4 DESC, 1, 2, 3 LIMIT %d`, maxGroups))
	if err != nil {
		return Overview{}, err
	}
	overview := Overview{Groups: []Group{}}
	var from, to time.Time
	for _, row := range rows {
		overview.Groups = append(overview.Groups, Group{
			Reason: cell(row, 0), Contract: cell(row, 1), Field: cell(row, 2), Count: number(cell(row, 3)),
			First: moment(cell(row, 4)), Last: moment(cell(row, 5)),
		})
		overview.Total, from, to = number(cell(row, 6)), moment(cell(row, 7)), moment(cell(row, 8))
	}
	if len(rows) == 0 {
		return overview, nil
	}
	if !since.IsZero() {
		from = since
	}
	if err := b.histories(ctx, overview.Groups, from, to); err != nil {
		return overview, err
	}
	for i := range overview.Groups[:min(suggested, len(overview.Groups))] {
		if overview.Groups[i].Suggestion, err = b.suggest(ctx, overview.Groups[i], since); err != nil {
			return overview, err
		}
	}
	return overview, nil
}

// widths are the lengths a part of a history may have, in seconds.
var widths = []int64{1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 7 * 86400, 30 * 86400, 365 * 86400, 3650 * 86400}

// partLength is the shortest one by which a range has at most about 30 parts.
func partLength(from, to time.Time) int64 {
	for _, w := range widths {
		if int64(to.Sub(from).Seconds())/w < buckets {
			return w
		}
	}
	return widths[len(widths)-1]
}

func (b *Browser) histories(ctx context.Context, groups []Group, from, to time.Time) error {
	width := partLength(from, to)
	first := from.Unix() / width
	parts := to.Unix()/width - first + 1
	_, rows, err := b.warehouse.Select(ctx, fmt.Sprintf(`SELECT reason, contract, field, CAST(floor(extract(epoch from _arrived_at) / %d) AS BIGINT) AS part, count(*),
		sum(count(*)) OVER (PARTITION BY reason, contract, field)
		FROM quarantine WHERE _arrived_at >= %s AND _arrived_at <= %s GROUP BY 1, 2, 3, 4 ORDER BY 6 DESC LIMIT %d`,
		width, dialect.Time(from), dialect.Time(to), maxGroups*(buckets+2)))
	if err != nil {
		return err
	}
	places := map[string]int{}
	for i := range groups {
		g := &groups[i]
		places[strings.Join([]string{g.Reason, g.Contract, g.Field}, "\x00")] = i
		for part := range parts {
			g.History = append(g.History, Point{At: time.Unix((first+part)*width, 0).UTC()})
		}
	}
	for _, row := range rows {
		i, ok := places[strings.Join([]string{cell(row, 0), cell(row, 1), cell(row, 2)}, "\x00")]
		if at := number(cell(row, 3)) - first; ok && at >= 0 && at < parts {
			groups[i].History[at].Count = number(cell(row, 4))
		}
	}
	return nil
}

// condition selects the events of a group.
func (g Group) condition() string {
	return strings.Join([]string{isText("reason", g.Reason), isText("contract", g.Contract), isText("field", g.Field)}, " AND ")
}

// table is the group's table as the present contracts have it; nil if none does.
func (b *Browser) table(g Group) *contract.Table { return b.contracts.Table(g.Contract) }
