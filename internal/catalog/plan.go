package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/penstock/penstock/internal/event"
)

// invalid is an error that no second attempt can mend.
func invalid(code, format string, args ...any) error {
	return &event.Error{Code: code, Message: fmt.Sprintf(format, args...), Err: ErrInvalid}
}

// Plan makes p the shard's pending plan, durably, before any of its files is written. Its range must
// begin right after Position, and its contracts version must have been put.
//
// While a plan is pending, only the same plan again (which changes nothing) or one of the same range
// and a higher generation is accepted; the latter replaces it, for when a name turns out to be taken
// by something else. Errors: ErrInvalid, event.ErrFenced, or the journal's.
func (s *Shard) Plan(ctx context.Context, p Plan) error {
	s.write.Lock()
	defer s.write.Unlock()
	v := s.snapshot()
	if err := checkPlan(v, p); err != nil {
		return err
	}
	if v.plan != nil && samePlan(*v.plan, p) {
		if s.fenced {
			return s.fencedError()
		}
		return nil
	}
	p.Files = slices.Clone(p.Files)
	next, at := s.next()
	next.PlanAt = at
	return s.append(ctx, entry{Kind: kindPlan, State: next, Plan: &p}, nil)
}

func samePlan(a, b Plan) bool {
	return a.Generation == b.Generation && a.First == b.First && a.Last == b.Last &&
		a.Version == b.Version && a.Format == b.Format && slices.Equal(a.Files, b.Files)
}

func checkPlan(v view, p Plan) error {
	if p.Last < p.First {
		return invalid("plan_range", "a plan of records %d to %d is empty", p.First, p.Last)
	}
	if want := v.state.Position + 1; p.First != want {
		return invalid("plan_range", "a plan begins at record %d, but record %d is next", p.First, want)
	}
	if _, known := v.contracts[p.Version]; !known {
		return invalid("plan_contracts", "a plan names contracts version %q, whose text was never put", p.Version)
	}
	if err := checkPlannedFiles(p.Files); err != nil {
		return err
	}
	if v.plan == nil || samePlan(*v.plan, p) {
		return nil
	}
	if p.Last != v.plan.Last || p.Generation <= v.plan.Generation {
		return invalid("plan_pending",
			"records %d to %d are planned (generation %d) and not committed; only the same range in a higher generation can replace that, not %d to %d generation %d",
			v.plan.First, v.plan.Last, v.plan.Generation, p.First, p.Last, p.Generation)
	}
	return nil
}

func checkPlannedFiles(files []PlannedFile) error {
	names := map[string]bool{}
	for _, f := range files {
		switch {
		case f.Name == "" || f.Table == "":
			return invalid("plan_files", "a planned file needs a table and a name, not %q and %q", f.Table, f.Name)
		case names[f.Name]:
			return invalid("plan_files", "two planned files are named %s", f.Name)
		}
		names[f.Name] = true
	}
	return nil
}
