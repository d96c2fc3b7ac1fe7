package recovery

import "github.com/penstock/penstock/internal/snowflake"

// loaded goes through the rows that a table has of a file, page by page, beside the file's rows.
type loaded struct {
	ask func(after int64) ([]snowflake.LoadedRange, error)

	page []snowflake.LoadedRange
	last bool // page is the last one
	// found is how many of the rows asked for the table has.
	found int64
}

// has says whether the table has the row at hand. Where a run of loaded rows begins or ends, the row must be the same
// in both, or else rows are counted otherwise and what is missing cannot be told.
func (l *loaded) has(row *records) (bool, error) {
	n := row.number
	if err := l.more(n - 1); err != nil {
		return false, err
	}
	if len(l.page) == 0 || n < l.page[0].First {
		return false, nil
	}
	l.found++
	at := l.page[0]
	sequence := string(row.cells[1])
	if n == at.First && sequence != at.FirstSequence || n == at.Last && sequence != at.LastSequence {
		return false, errForeign("row %d has the sequence number %.100q in the file, and another in the table", n, sequence)
	}
	if n == at.Last {
		l.page = l.page[1:]
	}
	return true, nil
}

// more sees to it that the page holds what comes behind a row, if there is anything.
func (l *loaded) more(after int64) error {
	if len(l.page) > 0 || l.last {
		return nil
	}
	page, err := l.ask(after)
	l.page, l.last = page, len(page) < snowflake.LoadedPage
	return err
}

// end of the file: the table may have none of its rows left.
func (l *loaded) end(rows int64) error {
	if err := l.more(rows); err != nil {
		return err
	}
	if len(l.page) > 0 {
		return errForeign("the table has row %d of it, and it has %d rows", l.page[0].Last, rows)
	}
	return nil
}
