package snowflake

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/internal/contract"
)

const (
	// MendRefused is the command for files that were not loaded whole.
	MendRefused = "penstock snowflake recover"
	mendRedrive = "penstock redrive --outputs outputs.json"
	// maxAsked is how many refused files of a table are looked for in the quarantine, at some 20 ms each.
	maxAsked = 500
)

// recovered says whether the rows missing of a file are in the quarantine.
func (r *Run) recovered(ctx context.Context, t *contract.Table, f RefusedFile) (bool, error) {
	if r.deps.Objects == nil || f.Key == "" || t.Name == contract.QuarantineName {
		return false, nil
	}
	return r.deps.Objects.Exists(ctx, r.cfg.Lake.RecoveredKey(t, f.Key))
}

// loadedWhole is the link from a table's files to its rows.
func (r *Run) loadedWhole(ctx context.Context, t *contract.Table) Finding {
	f := Finding{Link: "files of table " + string(column(t.Name)) + " loaded whole"}
	files, more, err := r.Refused(ctx, t, Remembered)
	if err != nil {
		f.Cause, f.Mend = err.Error(), mendSetup
		return f
	}
	var first *RefusedFile
	open := 0
	for i := range files[:min(len(files), maxAsked)] {
		recovered, err := r.recovered(ctx, t, files[i])
		if err != nil {
			f.Cause, f.Mend = err.Error(), "aws sts get-caller-identity"
			return f
		}
		if recovered {
			continue
		}
		if open++; first == nil {
			first = &files[i]
		}
	}
	if first == nil && !more && len(files) <= maxAsked {
		f.OK = true
		return f
	}
	atLeast := ""
	if more || len(files) > maxAsked {
		atLeast = "at least "
	}
	f.Cause, f.Mend = fmt.Sprintf("%s%d file(s) of the last 14 days were not loaded whole, and their rows are not in the quarantine", atLeast, open), MendRefused
	if first != nil {
		f.Cause += fmt.Sprintf("; the first is %s: %s (line %s)", first.Name, first.Error, first.Line)
	}
	if t.Name == contract.QuarantineName {
		f.Mend = mendSetup + "; the events stay in the lake, from where `" + mendRedrive + "` sends them again"
	}
	return f
}
