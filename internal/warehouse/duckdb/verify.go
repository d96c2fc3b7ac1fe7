package duckdb

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/penstock/penstock/internal/warehouse"
)

// verify holds every file that is about to be read against the checksum it was committed with. DuckDB would
// not notice: a bit that has flipped in a digit is a digit, and it checks neither gzip's checksum nor
// Parquet's. A table whose sums are wrong and whose ledger balances is worse than one that lacks a file.
//
// It costs a hundredth of what the load does: SHA-256 of compressed rows, which the page cache still has.
//
// A file that is gone since its path was asked for is no finding: the caller asks again, and hears whether
// the file or the whole lake is missing.
func verify(commits []warehouse.CommitLoad) ([]warehouse.Refusal, error) {
	var refusals []warehouse.Refusal
	for _, c := range commits {
		for _, f := range c.Loads {
			if f.Status != warehouse.StatusLoaded && f.Status != warehouse.StatusShort {
				continue
			}
			same, err := warehouse.Intact(f.File, f.Path)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil, fmt.Errorf("%w: lake file %s went away: %w", warehouse.ErrUnavailable, f.Name, err)
			case err != nil:
				refusals = append(refusals, damaged(f, fmt.Sprintf("the file cannot be read: %v", err)))
			case !same:
				refusals = append(refusals, damaged(f, "the file's content is not what was committed"))
			}
		}
	}
	return refusals, nil
}

func damaged(f warehouse.FileLoad, detail string) warehouse.Refusal {
	return warehouse.Refusal{Name: f.Name, Status: warehouse.StatusDamaged, Detail: detail}
}
