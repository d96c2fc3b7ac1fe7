package trace

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dialect"
	"github.com/penstock/penstock/internal/event"
)

// search looks for a key that names no place.
type search struct {
	*Tracer
	key    string
	report *Report
	seen   map[place]bool
	// hits are what was found and is not yet followed.
	hits   []known
	looked []string
	cut    bool
}

// run looks where keys are, then where texts are, and follows what it finds. The tables come first, so
// that a row loaded meanwhile is not missed by looking for it in the log too late.
func (s *search) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.tables, s.quarantine, s.log} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	s.report.Searched = strings.Join(s.looked, "; ")
	s.report.Complete = !s.cut
	slices.SortStableFunc(s.hits, func(a, b known) int {
		return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.shard, b.shard), cmp.Compare(a.position, b.position))
	})
	for _, hit := range s.hits {
		found, err := s.follow(ctx, hit)
		if errors.Is(err, event.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		s.report.Found = append(s.report.Found, found)
	}
	return nil
}

// hit notes a place once; it says whether there is room for more.
func (s *search) hit(k known) bool {
	if s.seen[k.place] {
		return true
	}
	if len(s.hits) == maxFound {
		s.cut = true
		return false
	}
	s.seen[k.place] = true
	s.hits = append(s.hits, k)
	return true
}

// rowHits notes the places of a table's rows.
func (s *search) rowHits(rows []Row, by string) {
	for _, row := range rows {
		number, err := event.ParseSequenceNumber(row.get(contract.SequenceColumn))
		shard, ok := event.ParseShardID(row.get(contract.ShardColumn))
		if err != nil || !ok || shard >= len(s.cfg.Shards) {
			continue
		}
		s.hit(known{place: place{shard, number.Sequence}, by: by, sequence: row.get(contract.SequenceColumn)})
	}
}

func (s *search) tables(ctx context.Context) error {
	var keys []string
	for _, table := range s.cfg.Contracts.Tables() {
		if table.Key == "" {
			continue
		}
		keys = append(keys, table.Name+"."+table.Key)
		rows, err := s.withKey(ctx, table, s.key)
		if err != nil {
			return err
		}
		s.rowHits(rows, ByKey)
	}
	if len(keys) > 0 {
		s.looked = append(s.looked, "the keys "+strings.Join(keys, ", ")+" of all rows")
	}
	return nil
}

// quarantine looks for the text in the quarantine's newest events.
func (s *search) quarantine(ctx context.Context) error {
	const sql = `SELECT _shard, _sequence FROM (SELECT _shard, _sequence, _arrived_at, raw, partition_key FROM quarantine
		WHERE (contains(raw, %[1]s) OR partition_key = %[1]s%[2]s)%[3]s) AS hits ORDER BY _arrived_at DESC LIMIT %[4]d`
	newest, part, err := s.newestQuarantined(ctx)
	if err != nil {
		return err
	}
	escaped := ""
	if text := s.escaped(); text != s.key {
		escaped = " OR contains(raw, " + dialect.Text(text) + ")"
	}
	rows, err := s.rows(ctx, fmt.Sprintf(sql, dialect.Text(s.key), escaped, newest, maxFound+1))
	if refused, ok := errors.AsType[*event.Error](err); ok && refused.Code == "query_timeout" {
		s.cut = true
		s.looked = append(s.looked, part+", not to the end")
		return nil
	}
	if err != nil {
		return err
	}
	s.rowHits(rows, ByText)
	s.looked = append(s.looked, part)
	return nil
}

// newestQuarantined is the condition that an event is one of the newest SearchQuarantined, or arrived with them, and what that
// part is called; there is none when the quarantine has no more.
func (s *search) newestQuarantined(ctx context.Context) (condition, part string, err error) {
	rows, err := s.rows(ctx, fmt.Sprintf("SELECT _arrived_at FROM quarantine ORDER BY _arrived_at DESC LIMIT 1 OFFSET %d", s.cfg.SearchQuarantined))
	if err != nil || len(rows) == 0 {
		return "", "the quarantine", err
	}
	s.cut = true
	return " AND _arrived_at >= " + dialect.Time(parseTime(rows[0].get("_arrived_at"))),
		fmt.Sprintf("the newest %s events of the quarantine", humanize.Comma(s.cfg.SearchQuarantined)), nil
}

// escaped is the key as JSON writes it in a string.
func (s *search) escaped() string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s.key) // a text always encodes
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(out.String()), `"`), `"`)
}

// log looks for the text in the newest part of the stream.
func (s *search) log(ctx context.Context) error {
	select {
	case s.searching <- struct{}{}:
		defer func() { <-s.searching }()
	case <-ctx.Done():
		return ctx.Err()
	}
	texts := [][]byte{[]byte(s.key)}
	if text := s.escaped(); text != s.key {
		texts = append(texts, []byte(text))
	}
	var records uint64
	whole := true
	for shard := range s.cfg.Shards {
		first, last, err := s.deps.Log.Bounds(shard)
		if err != nil {
			return err
		}
		if first > last {
			continue
		}
		from := max(first, last+1-min(last, s.window()))
		whole = whole && from == first
		records += last + 1 - from
		if err := s.scan(ctx, shard, from, last, texts); err != nil {
			return err
		}
	}
	part := "all events the stream retains"
	if !whole {
		s.cut = true
		part = fmt.Sprintf("the newest %s events of the stream", humanize.Comma(int64(records)))
	}
	s.looked = append(s.looked, part)
	return nil
}

// window is how many of a shard's newest records are searched: what SearchBytes has room for, as the
// records retained are on average.
func (s *search) window() uint64 {
	var held uint64
	for shard := range s.cfg.Shards {
		if first, last, err := s.deps.Log.Bounds(shard); err == nil {
			held += last + 1 - first
		}
	}
	size := max(1, float64(s.deps.Log.Bytes())/float64(max(held, 1)))
	return max(1, uint64(float64(s.cfg.SearchBytes)/size/float64(len(s.cfg.Shards))))
}

// scan searches records of a shard. Of more hits than there is room for the newest are kept.
func (s *search) scan(ctx context.Context, shard int, from, through uint64, texts [][]byte) error {
	var found []known
	processor := s.cfg.Contracts.NewProcessor()
	err := s.deps.Log.Scan(ctx, shard, from, through, func(records []event.Record) bool {
		for i := range records {
			r := &records[i]
			if !holds(r, s.key, texts) {
				continue
			}
			copied := *r
			copied.Data = bytes.Clone(r.Data)
			hit := known{place: place{shard, r.Sequence}, by: ByText, record: &copied,
				sequence: s.cfg.Shards[shard].SequenceNumber(r.Sequence, r.Arrived)}
			if out := processor.Process(r.Data); out.Verdict == contract.Accepted && keyText(out) == s.key {
				hit.by = ByKey
			}
			if found = append(found, hit); len(found) > maxFound {
				s.cut = true
				found = found[1:]
			}
		}
		return true
	})
	for _, hit := range slices.Backward(found) {
		if !s.hit(hit) {
			break
		}
	}
	return err
}

func holds(r *event.Record, key string, texts [][]byte) bool {
	for _, text := range texts {
		if bytes.Contains(r.Data, text) {
			return true
		}
	}
	return r.PartitionKey == key
}
