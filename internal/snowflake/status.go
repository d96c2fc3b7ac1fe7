package snowflake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// TableStatus is how loading a table goes.
type TableStatus struct {
	Table string     `json:"table"`
	Pipe  PipeStatus `json:"pipe"`
	// Rows loaded, and when the newest of them arrived in the stream.
	Rows   string `json:"rows"`
	Newest string `json:"newest"`
	// Failed are files of the last 24 hours that were not loaded, or not wholly; at most 20.
	Failed []FailedFile `json:"failed,omitempty"`
	// Credits that the pipe used in the last 24 hours.
	Credits string `json:"credits"`
	// Missing is what setup has not made yet, "the pipe"; the other figures are empty then.
	Missing string `json:"missing,omitempty"`
}

// NoPipe stands as the state of the pipe of a table whose files are read in place.
const NoPipe = "NONE"

// PipeStatus is what SYSTEM$PIPE_STATUS tells.
type PipeStatus struct {
	State    string `json:"executionState"`
	Pending  int64  `json:"pendingFileCount"`
	Ingested string `json:"lastIngestedTimestamp"`
	Received string `json:"lastReceivedMessageTimestamp"`
	Error    string `json:"error"`
}

// FailedFile is a file Snowflake did not load whole.
type FailedFile struct {
	File   string `json:"file"`
	Status string `json:"status"`
	Error  string `json:"error"`
	Line   string `json:"line"`
	Loaded string `json:"loaded"`
	Parsed string `json:"parsed"`
	// Recovered says that the rows missing of it are in an object of the quarantine.
	Recovered bool `json:"recovered"`
}

// Status asks how each table is. It wakes the virtual warehouse.
func (r *Run) Status(ctx context.Context) ([]TableStatus, error) {
	n := r.cfg.Names
	if _, err := r.send(ctx, sql(n.Loader, "USE WAREHOUSE "+n.Warehouse.String())); err != nil {
		return nil, err
	}
	all := make([]TableStatus, 0, len(r.cfg.Tables))
	for _, t := range r.cfg.Tables {
		look := r.piped
		if !r.cfg.Pipes {
			look = r.inPlace
		}
		s, err := look(ctx, t)
		if err != nil {
			return all, err
		}
		all = append(all, s)
	}
	return all, nil
}

// piped is the status of a table that a pipe loads.
func (r *Run) piped(ctx context.Context, t *contract.Table) (s TableStatus, err error) {
	n := r.cfg.Names
	s.Table = string(column(t.Name))
	if s.Pipe, err = r.pipeStatus(ctx, Pipe(t)); err != nil {
		return s.without("the pipe", err)
	}
	if s.Rows, s.Newest, err = r.count(ctx, n.raw(column(t.Name))); err != nil {
		return s.without("the table", err)
	}
	if s.Failed, err = r.failed(ctx, t); err != nil {
		return s, err
	}
	rows, err := r.send(ctx, sql(n.Loader, fmt.Sprintf("SELECT SUM(CREDITS_USED) AS CREDITS FROM TABLE(%s.INFORMATION_SCHEMA.PIPE_USAGE_HISTORY(DATE_RANGE_START => DATEADD(HOUR, -24, CURRENT_TIMESTAMP()), PIPE_NAME => %s))",
		n.Database, Literal(n.raw(Pipe(t))))))
	if err == nil && len(rows) == 1 {
		s.Credits = rows[0]["credits"]
	}
	return s, err
}

// inPlace is the status of a table whose files are read where they lie: it has no pipe.
func (r *Run) inPlace(ctx context.Context, t *contract.Table) (s TableStatus, err error) {
	s.Table, s.Pipe.State = string(column(t.Name)), NoPipe
	if s.Rows, s.Newest, err = r.count(ctx, r.cfg.Names.raw(External(t))); err != nil {
		return s.without("the external table", err)
	}
	return s, nil
}

// without is s for an error that says that an object is not there; other errors are passed on.
func (s TableStatus) without(object string, err error) (TableStatus, error) {
	if notThere(err) {
		return TableStatus{Table: s.Table, Missing: object}, nil
	}
	return s, err
}

// count asks how many rows there are, and when the newest of them arrived.
func (r *Run) count(ctx context.Context, table string) (n, newest string, err error) {
	rows, err := r.send(ctx, sql(r.cfg.Names.Loader, fmt.Sprintf(`SELECT COUNT(*) AS N, MAX("_ARRIVED_AT") AS NEWEST FROM %s`, table)))
	if err != nil || len(rows) != 1 {
		return "", "", err
	}
	return rows[0]["n"], rows[0]["newest"], nil
}

func notThere(err error) bool {
	fault, ok := errors.AsType[*event.Error](err)
	return ok && fault.Code == CodeNotThere
}

func (r *Run) pipeStatus(ctx context.Context, pipe Name) (PipeStatus, error) {
	var s PipeStatus
	rows, err := r.send(ctx, sql(r.cfg.Names.Loader, fmt.Sprintf("SELECT SYSTEM$PIPE_STATUS(%s)", Literal(r.cfg.Names.raw(pipe)))))
	if err != nil {
		return s, err
	}
	r.rows = [][]map[string]string{rows}
	if err := json.Unmarshal([]byte(r.onlyCell()), &s); err != nil {
		return s, errors.New("SYSTEM$PIPE_STATUS answered what is no JSON")
	}
	return s, nil
}

// failed asks COPY_HISTORY: VALIDATE_PIPE_LOAD does not serve pipes with a SELECT.
func (r *Run) failed(ctx context.Context, t *contract.Table) ([]FailedFile, error) {
	n := r.cfg.Names
	rows, err := r.send(ctx, sql(n.Loader, fmt.Sprintf("SELECT STAGE_LOCATION, FILE_NAME, STATUS, FIRST_ERROR_MESSAGE, FIRST_ERROR_LINE_NUMBER, ROW_COUNT, ROW_PARSED "+
		"FROM TABLE(%s.INFORMATION_SCHEMA.COPY_HISTORY(TABLE_NAME => %s, START_TIME => DATEADD(HOUR, -24, CURRENT_TIMESTAMP()))) "+
		"WHERE STATUS IN ('Load failed', 'Partially loaded') ORDER BY LAST_LOAD_TIME DESC LIMIT 20", n.Database, Literal(n.raw(column(t.Name))))))
	if err != nil {
		return nil, err
	}
	var files []FailedFile
	for _, row := range rows {
		recovered, err := r.recovered(ctx, t, r.cfg.refusedFile(t, row))
		if err != nil {
			return nil, err
		}
		files = append(files, FailedFile{row["file_name"], row["status"], row["first_error_message"], row["first_error_line_number"], row["row_count"], row["row_parsed"], recovered})
	}
	return files, nil
}
