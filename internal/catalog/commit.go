package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Commit is the commit point: when it returns nil, the files are part of the lake for good. It fills
// in Number, Shard, Position and CommittedAt, and Version and Format from the plan where they are
// empty, and returns the result.
//
// A CommitRange ends the pending plan: it must cover its range, hold exactly its files, and account
// for every record (rows + dropped = records, promise E2). Committing the same range again right
// after it was committed returns the first commit, so a caller that does not know the outcome may
// repeat it. A CommitRedrive needs no plan and leaves the position where it is.
//
// Errors: ErrInvalid, event.ErrFenced, or the journal's.
func (s *Shard) Commit(ctx context.Context, c Commit) (Commit, error) {
	s.write.Lock()
	defer s.write.Unlock()
	if s.fenced {
		return Commit{}, s.fencedError()
	}
	if done := s.committedAlready(c); done != nil {
		return *done, nil
	}
	v := s.snapshot()
	c = fill(v, c)
	if err := checkCommit(v, c); err != nil {
		return Commit{}, err
	}
	next, at := s.next()
	before := next.Position
	c.Number, c.Shard, c.Position = at, s.cfg.Shard, next.Position
	if c.CommittedAt == 0 {
		c.CommittedAt = time.Now().UnixMilli()
	}
	if c.Kind == CommitRange {
		c.Position, next.Position, next.PlanAt = c.Last, c.Last, 0
		next.Accepted = pruned(next.Accepted, c.Last)
	}
	next.LastCommit = at
	if next.classified(before) {
		next.Contracts = withCommit(next.Contracts, c)
	}
	next.Totals = next.Totals.with(c)
	body, err := json.Marshal(c)
	if err != nil {
		return Commit{}, fmt.Errorf("encode a commit: %w", err)
	}
	next.SinceCommits++
	next.SinceBytes += int64(len(body))
	if err := s.append(ctx, entry{Kind: kindCommit, State: next, Commit: body}, &c); err != nil {
		return Commit{}, err
	}
	s.compactWhenDue(ctx)
	return c, nil
}

// committedAlready is the last commit if c is the same one again.
func (s *Shard) committedAlready(c Commit) *Commit {
	l := s.lastRange
	if l == nil || c.Kind != CommitRange || c.First != l.First || c.Last != l.Last ||
		!slices.Equal(c.Files, l.Files) || !slices.Equal(c.Lost, l.Lost) || !maps.Equal(c.Dropped, l.Dropped) || !maps.Equal(c.Quarantined, l.Quarantined) {
		return nil
	}
	return l
}

func fill(v view, c Commit) Commit {
	c.Files = slices.Clone(c.Files)
	if c.Kind == CommitRange && v.plan != nil {
		if c.Version == "" {
			c.Version = v.plan.Version
		}
		if c.Format == "" {
			c.Format = v.plan.Format
		}
	}
	return c
}

func (t Totals) with(c Commit) Totals {
	t.Commits++
	for _, f := range c.Files {
		t.Files++
		t.Bytes += f.Bytes
		switch {
		case c.Kind == CommitRedrive:
			t.Redriven += f.Rows
		case f.Table == QuarantineTable:
			t.Quarantined += f.Rows
		default:
			t.Rows += f.Rows
		}
	}
	for _, n := range c.Dropped {
		t.Dropped += n
	}
	for _, r := range c.Lost {
		t.Lost += int64(r.Records())
	}
	t.RedriveDropped += int64(len(c.DroppedSequences))
	return t
}

func checkCommit(v view, c Commit) error {
	if _, known := v.contracts[c.Version]; !known && c.Version != "" {
		return invalid("commit_contracts", "a commit names contracts version %q, whose text was never put", c.Version)
	}
	for _, f := range c.Files {
		if f.Name == "" || f.Table == "" || f.Rows < 1 || f.First < 1 || f.Last < f.First {
			return invalid("commit_files", "file %q of table %q with %d rows of records %d to %d cannot be committed",
				f.Name, f.Table, f.Rows, f.First, f.Last)
		}
	}
	switch c.Kind {
	case CommitRange:
		return checkRange(v, c)
	case CommitRedrive:
		return checkRedrive(v, c)
	}
	return invalid("commit_kind", "a commit of kind %q is unknown", c.Kind)
}

func checkRange(v view, c Commit) error {
	p := v.plan
	if p == nil {
		return invalid("commit_range", "records %d to %d cannot be committed: no plan is pending", c.First, c.Last)
	}
	if c.First != p.First || c.Last != p.Last || c.Version != p.Version || c.Format != p.Format {
		return invalid("commit_range", "a commit of records %d to %d (contracts %s, %s) does not match the plan of %d to %d (contracts %s, %s)",
			c.First, c.Last, c.Version, c.Format, p.First, p.Last, p.Version, p.Format)
	}
	if len(c.DroppedSequences) > 0 || c.DroppedContract != "" {
		return invalid("commit_range", "only a redrive lists dropped sequence numbers")
	}
	if len(c.Files) != len(p.Files) {
		return invalid("commit_files", "%d files are committed, but %d are planned", len(c.Files), len(p.Files))
	}
	var rows, dropped, quarantined int64
	for _, f := range c.Files {
		if !slices.Contains(p.Files, PlannedFile{Table: f.Table, Name: f.Name}) {
			return invalid("commit_files", "file %s of table %s is not planned", f.Name, f.Table)
		}
		if f.First < p.First || f.Last > p.Last {
			return invalid("commit_files", "file %s holds records %d to %d, outside of %d to %d", f.Name, f.First, f.Last, p.First, p.Last)
		}
		rows += f.Rows
		if f.Table == QuarantineTable {
			quarantined += f.Rows
		}
	}
	if err := checkQuarantined(c, quarantined); err != nil {
		return err
	}
	if err := checkLost(v, c); err != nil {
		return err
	}
	for table, n := range c.Dropped {
		if n < 0 {
			return invalid("commit_dropped", "%d dropped events of %s cannot be", n, table)
		}
		dropped += n
	}
	if want := int64(c.Last - c.First + 1); rows+dropped != want {
		return invalid("commit_unbalanced", "records %d to %d are %d, but %d rows + %d dropped = %d (promise E2)",
			c.First, c.Last, want, rows, dropped, rows+dropped)
	}
	return nil
}

// checkQuarantined compares the split by contract, if there is one, with the rows of the file.
func checkQuarantined(c Commit, rows int64) error {
	if c.Quarantined == nil {
		return nil
	}
	var sum int64
	for contract, n := range c.Quarantined {
		if n < 1 {
			return invalid("commit_quarantined", "%d quarantined events of %q cannot be", n, contract)
		}
		sum += n
	}
	if sum != rows {
		return invalid("commit_quarantined", "the quarantine has %d rows of records %d to %d, and by contract they are %d (promise E2)",
			rows, c.First, c.Last, sum)
	}
	return nil
}

func checkRedrive(v view, c Commit) error {
	if c.First != 0 || c.Last != 0 || len(c.Dropped) > 0 || len(c.Quarantined) > 0 || len(c.Lost) > 0 {
		return invalid("commit_redrive", "a redrive has no range of its own and lists what it drops by sequence number")
	}
	if len(c.Files) == 0 && len(c.DroppedSequences) == 0 {
		return invalid("commit_redrive", "a redrive of nothing cannot be committed")
	}
	if c.Version == "" || c.Format == "" {
		return invalid("commit_redrive", "a redrive must name its contracts version and format")
	}
	seen := map[string]bool{}
	for _, f := range c.Files {
		if f.Table == QuarantineTable || seen[f.Name] || f.Last > v.state.Position {
			return invalid("commit_redrive", "a redrive cannot commit file %s of table %s with records up to %d (committed: %d)",
				f.Name, f.Table, f.Last, v.state.Position)
		}
		seen[f.Name] = true
	}
	return nil
}

// decodeCommit reads an entry's commit; nil if it has none.
func decodeCommit(e entry) (*Commit, error) {
	if e.Kind != kindCommit {
		return nil, nil
	}
	var c Commit
	if err := json.Unmarshal(e.Commit, &c); err != nil {
		return nil, fmt.Errorf("read a commit: %w", err)
	}
	return &c, nil
}
