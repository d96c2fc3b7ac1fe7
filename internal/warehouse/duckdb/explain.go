package duckdb

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

// refusal reports whether an error is about the content of files.
func refusal(err error) bool {
	var e *loadError
	return errors.As(err, &e) && !fatal(err) && !isKind(err, bindings.ErrorTypeOutOfMemory, bindings.ErrorTypeInterrupt, bindings.ErrorTypeFatal, bindings.ErrorTypeInternal)
}

// explain looks for what made a load fail, file by file. Without a finding the failure stands.
func (l *loader) explain(ctx context.Context, commits []warehouse.CommitLoad, failure error) (warehouse.Result, error) {
	var result warehouse.Result
	for _, c := range commits {
		for _, f := range c.Loads {
			if f.Status != warehouse.StatusLoaded || len(f.Refused) > 0 {
				continue
			}
			found, err := l.inspect(ctx, c, f)
			if err != nil {
				return warehouse.Result{}, err
			}
			if found != nil {
				result.Refusals = append(result.Refusals, *found)
			}
		}
	}
	if len(result.Refusals) == 0 {
		return warehouse.Result{}, failure
	}
	return result, nil
}

// inspect reads a file without loading it, and says what is wrong with it, if anything is.
func (l *loader) inspect(ctx context.Context, c warehouse.CommitLoad, f warehouse.FileLoad) (*warehouse.Refusal, error) {
	broken := func(status warehouse.Status, format string, args ...any) (*warehouse.Refusal, error) {
		return &warehouse.Refusal{Name: f.Name, Status: status, Detail: fmt.Sprintf(format, args...)}, nil
	}
	src := source{table: f.Table, format: f.Format, columns: l.schema.shapeFor(f.Table, f.Columns), paths: []string{f.Path}, longest: f.LongestRow, rejects: true}
	good, rejected, err := l.rejects(ctx, src)
	if err != nil {
		if ctx.Err() != nil || fatal(err) || isKind(err, bindings.ErrorTypeOutOfMemory, bindings.ErrorTypeInterrupt) {
			return nil, err
		}
		return broken(warehouse.StatusDamaged, "%v", err)
	}
	for i := range rejected {
		rejected[i].Version = c.Version
	}
	switch total := good + int64(len(rejected)); {
	case total != f.Rows:
		return broken(warehouse.StatusShort, "the file has %d rows and was committed with %d", total, f.Rows)
	case len(rejected) > 0:
		return &warehouse.Refusal{Name: f.Name, Status: warehouse.StatusLoaded, Rows: rejected}, nil
	}
	return nil, nil
}

// rejects reads every value of a file and returns the number of good rows and the refused ones.
func (l *loader) rejects(ctx context.Context, src source) (good int64, rejected []warehouse.RefusedRow, err error) {
	if src.parquet() {
		return l.parquetRejects(ctx, src)
	}
	for _, table := range []string{"reject_errors", "reject_scans"} {
		if _, err := l.c.exec(ctx, "DROP TABLE IF EXISTS temp."+table); err != nil {
			return 0, nil, err
		}
	}
	counts := make([]string, len(src.columns))
	for i, c := range src.columns {
		counts[i] = "count(" + ident(c.Name) + ")"
	}
	err = l.c.rows(ctx, "SELECT count(*), "+strings.Join(counts, ", ")+" FROM "+src.relation(false), func(r row) error {
		good = r.int(0)
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	err = l.c.rows(ctx, `SELECT any_value(csv_line), arg_min(column_name, column_idx), arg_min(error_message, column_idx)
		FROM temp.reject_errors GROUP BY line_byte_position, line ORDER BY line`, func(r row) error {
		refused, err := refusedRow(src, r.text(0))
		if err != nil {
			return err
		}
		refused.Field, refused.Detail = r.text(1), r.text(2)
		rejected = append(rejected, refused)
		return nil
	})
	return good, rejected, err
}

// refusedRow identifies a row by its line in the file. The metadata columns come first.
func refusedRow(src source, line string) (warehouse.RefusedRow, error) {
	r := csv.NewReader(strings.NewReader(line))
	r.LazyQuotes, r.FieldsPerRecord = true, -1
	fields, err := r.Read()
	if err != nil || len(fields) < 3 {
		return warehouse.RefusedRow{}, fmt.Errorf("a row that was refused cannot be identified: %q", line)
	}
	arrived, err := time.Parse(time.RFC3339, fields[2])
	if err != nil {
		return warehouse.RefusedRow{}, fmt.Errorf("a row that was refused has no arrival time: %q", line)
	}
	values := map[string]string{}
	for i, c := range src.columns {
		if i < len(fields) && fields[i] != "" {
			values[c.Name] = fields[i]
		}
	}
	text, err := json.Marshal(values)
	return warehouse.RefusedRow{Sequence: fields[1], Arrived: arrived.UnixMilli(), Row: string(text)}, err
}

func (l *loader) parquetRejects(ctx context.Context, src source) (good int64, rejected []warehouse.RefusedRow, err error) {
	var fits []string
	for _, c := range src.columns {
		fits = append(fits, fmt.Sprintf("(%[1]s IS NULL OR TRY_CAST(%[1]s AS %[2]s) IS NOT NULL)", ident(c.Name), c.Type))
	}
	file := "read_parquet([" + globbed(src.paths) + "], hive_partitioning = false)"
	condition := strings.Join(fits, " AND ")
	err = l.c.rows(ctx, "SELECT count(*) FROM "+file+" WHERE "+condition, func(r row) error {
		good = r.int(0)
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	sql := fmt.Sprintf("SELECT CAST(%s AS VARCHAR), CAST(epoch_us(CAST(%s AS TIMESTAMPTZ)) AS VARCHAR), CAST(to_json(_penstock_row) AS VARCHAR) FROM %s AS _penstock_row WHERE NOT (%s)",
		ident(contract.SequenceColumn), ident(contract.ArrivedColumn), file, condition)
	err = l.c.rows(ctx, sql, func(r row) error {
		micros, err := strconv.ParseInt(r.text(1), 10, 64)
		rejected = append(rejected, warehouse.RefusedRow{Sequence: r.text(0), Arrived: micros / 1000, Row: r.text(2), Detail: "a value does not fit its column's type"})
		return err
	})
	return good, rejected, err
}
