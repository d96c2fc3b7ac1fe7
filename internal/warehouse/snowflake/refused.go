package snowflake

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

// suspect is a file of the table at fault, and the contracts it was written under.
type suspect struct {
	warehouse.FileLoad
	version string
}

// examine finds out which rows Snowflake refuses of the batch's files in the table at fault: all of them, since a column that
// somebody made narrower is at fault in each. They are loaded as far as they go, in transactions that are rolled back.
func (c *Client) examine(ctx context.Context, batch warehouse.Batch, fault *fileError) ([]warehouse.Refusal, error) {
	damaged := []warehouse.Refusal{{Name: fault.file, Status: warehouse.StatusDamaged, Detail: fault.err.Error()}}
	suspects, known := suspectsOf(batch, fault.file)
	if known || len(suspects) == 0 {
		return damaged, nil // its refused rows are left out already, and it fails still
	}
	if suspects[0].Table == contract.QuarantineName {
		damaged[0].Detail = "the table of the quarantine does not take it: " + damaged[0].Detail
		return damaged, nil
	}
	conn, err := c.loader.Conn(ctx)
	if err != nil {
		return nil, unavailable("looking for refused rows", err)
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	outcomes, err := c.outcomes(ctx, conn, suspects)
	if aboutData(err) {
		return damaged, nil // Snowflake does not read the file at all
	}
	if err != nil {
		return nil, unavailable("looking for refused rows", err)
	}
	var found []warehouse.Refusal
	for _, s := range suspects {
		o := outcomes[s.Name]
		switch {
		case o.loaded == s.Rows:
		case o.errors == 0:
			found = append(found, warehouse.Refusal{Name: s.Name, Status: warehouse.StatusDamaged, Detail: fmt.Sprintf("%d rows arrived of %d", o.loaded, s.Rows)})
		default:
			refusal, err := c.refusedRows(ctx, conn, s, o)
			if err != nil {
				return nil, unavailable("looking for the refused rows of "+s.Name, err)
			}
			found = append(found, refusal)
		}
	}
	if len(found) == 0 {
		return damaged, nil
	}
	return found, nil
}

// suspectsOf are the files of the table that the file at fault is in. known says that what is refused of it
// was found out before.
func suspectsOf(batch warehouse.Batch, file string) (suspects []suspect, known bool) {
	table := ""
	for _, commit := range batch.Commits {
		for _, f := range commit.Loads {
			if f.Name == file {
				table, known = f.Table, len(f.Refused) > 0
			}
		}
	}
	for _, commit := range batch.Commits {
		for _, f := range commit.Loads {
			if f.Table == table && f.Status == warehouse.StatusLoaded && len(f.Refused) == 0 {
				suspects = append(suspects, suspect{f, commit.Version})
			}
		}
	}
	return suspects, known
}

// outcomes are what Snowflake takes of files, by name.
func (c *Client) outcomes(ctx context.Context, conn *sql.Conn, suspects []suspect) (map[string]outcome, error) {
	all := map[string]outcome{}
	for len(suspects) > 0 {
		// Files of one encoding and set of columns.
		n := 1
		for n < min(len(suspects), maxCopy) && suspects[n].Format == suspects[0].Format && slices.Equal(suspects[n].Columns, suspects[0].Columns) {
			n++
		}
		names := make([]string, n)
		for i, s := range suspects[:n] {
			names[i] = s.Name
		}
		err := undone(ctx, conn, func() error {
			got, err := c.tryCopy(ctx, conn, suspects[0], names)
			for _, name := range names {
				all[name] = got.of(name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		suspects = suspects[n:]
	}
	return all, nil
}

// tryCopy loads what Snowflake takes of files into their own table, whose columns are what refuses rows.
func (c *Client) tryCopy(ctx context.Context, conn *sql.Conn, like suspect, names []string) (outcomes, error) {
	rows, err := conn.QueryContext(ctx, copyInto(ident(like.Table), quoted(c.cfg.stage()), like.Format, like.Columns, names, skipRows))
	if err != nil {
		return nil, err
	}
	return copied(rows)
}

// undone runs fn in a transaction that is rolled back.
func undone(ctx context.Context, conn *sql.Conn, fn func() error) error {
	if _, err := conn.ExecContext(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	err := fn()
	if _, failed := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); err == nil {
		err = failed
	}
	return err
}

// refusedRows compares the rows of a file in the lake with those that the table takes of it.
func (c *Client) refusedRows(ctx context.Context, conn *sql.Conn, s suspect, o outcome) (warehouse.Refusal, error) {
	damaged := func(format string, args ...any) (warehouse.Refusal, error) {
		return warehouse.Refusal{Name: s.Name, Status: warehouse.StatusDamaged, Detail: fmt.Sprintf(format, args...) + "; Snowflake's first error: " + o.first}, nil
	}
	if c.files == nil {
		return damaged("%d rows of %d are refused", s.Rows-o.loaded, s.Rows)
	}
	path, release, err := c.files.Local(ctx, s.Name)
	if err != nil {
		return warehouse.Refusal{}, err
	}
	defer release()
	if same, err := warehouse.Intact(s.File, path); err != nil || !same {
		if err != nil {
			return warehouse.Refusal{}, err
		}
		return damaged("the file's content is not what was committed")
	}
	file, err := readLakeFile(path, s)
	if err != nil {
		return damaged("the file cannot be read: %v", err)
	}
	taken, err := c.taken(ctx, conn, s, file)
	if err != nil {
		return warehouse.Refusal{}, err
	}
	refused, err := file.without(taken)
	switch {
	case err != nil:
		return damaged("the file cannot be read: %v", err)
	case int64(len(file.sequences)) != s.Rows:
		return damaged("the file has %d rows and was committed with %d", len(file.sequences), s.Rows)
	case len(refused) == 0 || int64(len(refused)) != s.Rows-o.loaded:
		return damaged("%d rows are missing from the table and %d were refused", len(refused), s.Rows-o.loaded)
	}
	field, detail := o.about(s, len(refused))
	for i := range refused {
		refused[i].Field, refused[i].Detail, refused[i].Version = field, detail, s.version
	}
	return warehouse.Refusal{Name: s.Name, Status: warehouse.StatusLoaded, Rows: refused}, nil
}

// taken counts the rows that the table takes of a file, by sequence number. Rows of the same numbers that it had before, as of
// a stretch that was delivered again, do not count.
func (c *Client) taken(ctx context.Context, conn *sql.Conn, s suspect, file *lakeFile) (map[string]int, error) {
	counts := map[string]int{}
	count := func(sign int) error {
		low, high := slices.Min(file.sequences), slices.Max(file.sequences)
		return each(ctx, conn, fmt.Sprintf(`SELECT "_SEQUENCE", COUNT(*) FROM %s WHERE "_SEQUENCE" BETWEEN %s AND %s GROUP BY 1`, ident(s.Table), literal(low), literal(high)),
			func(scan func(...any) error) error {
				var sequence string
				var n int
				err := scan(&sequence, &n)
				counts[sequence] += sign * n
				return err
			})
	}
	err := undone(ctx, conn, func() error {
		if _, err := c.tryCopy(ctx, conn, s, []string{s.Name}); err != nil {
			return err
		}
		return count(1)
	})
	if err != nil {
		return nil, err
	}
	return counts, count(-1)
}

// outcome is what COPY INTO says of a file.
type outcome struct {
	loaded, errors int64
	// first error, the line it is in and the column at fault, if there is one.
	first, line, column string
}

// outcomes are by file, as Snowflake names it: the whole URL, or the path below the stage.
type outcomes map[string]outcome

func (all outcomes) of(name string) outcome {
	for file, o := range all {
		if file == name || strings.HasSuffix(file, "/"+name) {
			return o
		}
	}
	return outcome{}
}

// about are the column at fault, where that is certain, and Snowflake's words: it tells only the first error of a file.
func (o outcome) about(s suspect, rows int) (field, detail string) {
	if rows > 1 {
		return "", fmt.Sprintf("%s (the first error of %d rows, in line %s of %s)", o.first, rows, o.line, s.Name)
	}
	// "ORDERS"["CITY":7]
	_, column, _ := strings.Cut(o.column, `["`)
	column, _, _ = strings.Cut(column, `"`)
	for _, known := range s.Columns {
		if strings.EqualFold(known.Name, column) {
			field = known.Name
		}
	}
	return field, o.first
}
