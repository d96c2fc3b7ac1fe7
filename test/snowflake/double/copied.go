package double

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is a row that a pipe has loaded.
type Row struct {
	// File is METADATA$FILENAME, Number METADATA$FILE_ROW_NUMBER.
	File   string
	Number int64
	Cells  []string
}

// Refusal is what a table has against a row: the column and Snowflake's words. The zero value is nothing.
type Refusal struct{ Column, Message string }

// Ingest plays a pipe with ON_ERROR = CONTINUE: it loads an object's rows into a table, without those that refuse is
// against, and writes COPY_HISTORY. location is the URL of the folder the pipe reads, as STAGE_LOCATION has it, and file
// the path in it.
func (a *Account) Ingest(table, location, file string, object []byte, refuse func(cells []string) Refusal) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, key, _ := strings.Cut(strings.TrimPrefix(location, "s3://"), "/")
	entry := map[string]string{"STAGE_LOCATION": location, "FILE_NAME": file, "FILE_SIZE": strconv.Itoa(len(object)), "STATUS": "Loaded",
		"LAST_LOAD_TIME": time.Now().Add(a.Skew).UTC().Format("2006-01-02 15:04:05.000 -0700"), "PIPE_NAME": last(table), "TABLE_NAME": last(table)}
	rows, lines, err := parse(object)
	loaded, errs := 0, 0
	fail := func(message, column string, line int) {
		if errs++; errs == 1 {
			entry["FIRST_ERROR_MESSAGE"], entry["FIRST_ERROR_LINE_NUMBER"], entry["FIRST_ERROR_COLUMN_NAME"] = message, strconv.Itoa(line), column
		}
	}
	for i, cells := range rows {
		if r := refuse(cells); r.Message != "" {
			fail(r.Message, fmt.Sprintf("%q[%q]", last(table), r.Column), lines[i])
			continue
		}
		loaded++
		a.copied[table] = append(a.copied[table], Row{File: key + file, Number: int64(i + 1), Cells: cells})
	}
	if err != nil {
		fail(err.Error(), "", len(rows)+1)
	}
	switch {
	case loaded == 0 && errs > 0:
		entry["STATUS"] = "Load failed"
	case errs > 0:
		entry["STATUS"] = "Partially loaded"
	}
	entry["ROW_COUNT"], entry["ROW_PARSED"], entry["ERROR_COUNT"] = strconv.Itoa(loaded), strconv.Itoa(len(rows)), strconv.Itoa(errs)
	a.history[table] = append(a.history[table], entry)
}

func parse(object []byte) (rows [][]string, lines []int, err error) {
	plain, err := gzip.NewReader(bytes.NewReader(object))
	if err != nil {
		return nil, nil, errors.New("Invalid data encountered during decompression for file")
	}
	in := csv.NewReader(plain)
	in.FieldsPerRecord = -1
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, lines, nil
		}
		if err != nil {
			return rows, lines, err
		}
		line, _ := in.FieldPos(0)
		rows, lines = append(rows, cells), append(lines, line)
	}
}

// Copied are the rows of a table, "PENSTOCK.ORDERS_RAW.ORDERS".
func (a *Account) Copied(table string) []Row {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.copied[table])
}

// Delete takes rows out of a table.
func (a *Account) Delete(table string, which func(Row) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.copied[table] = slices.DeleteFunc(a.copied[table], which)
}

// Remember adds an entry to a table's COPY_HISTORY.
func (a *Account) Remember(table string, entry map[string]string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.history[table] = append(a.history[table], entry)
}

const copyHistoryPattern = `SELECT ([A-Z_, ]+) FROM TABLE\((.*)\.INFORMATION_SCHEMA\.COPY_HISTORY\(TABLE_NAME => '((?:[^'\\]|''|\\.)*)', START_TIME => DATEADD\((SECOND|HOUR), -(\d+), CURRENT_TIMESTAMP\(\)\)\)\) ` +
	`WHERE STATUS IN \('Load failed', 'Partially loaded'\) ORDER BY LAST_LOAD_TIME( DESC)?(?:, FILE_NAME)? LIMIT (\d+)$`

// historyColumns are those of COPY_HISTORY. (Snowflake, COPY_HISTORY.)
var historyColumns = []string{
	"FILE_NAME", "STAGE_LOCATION", "LAST_LOAD_TIME", "ROW_COUNT", "ROW_PARSED", "FILE_SIZE", "FIRST_ERROR_MESSAGE", "FIRST_ERROR_LINE_NUMBER",
	"FIRST_ERROR_CHARACTER_POS", "FIRST_ERROR_COLUMN_NAME", "ERROR_COUNT", "ERROR_LIMIT", "STATUS", "TABLE_CATALOG_NAME", "TABLE_SCHEMA_NAME", "TABLE_NAME",
	"PIPE_CATALOG_NAME", "PIPE_SCHEMA_NAME", "PIPE_NAME", "PIPE_RECEIVED_TIME", "FIRST_COMMIT_TIME", "BYTES_BILLED",
}

func (a *Account) copyHistory(s *session, m []string) answer {
	if s.warehouse == "" {
		return noWarehouse()
	}
	columns := strings.Split(m[1], ", ")
	for _, c := range columns {
		if !slices.Contains(historyColumns, c) {
			return answer{code: 904, message: "SQL compilation error: invalid identifier '" + c + "'"}
		}
	}
	table1, _ := name(unescape(m[3]))
	o := a.get("TABLE", table1)
	if o == nil || o.owner != s.role {
		return missing("Table '" + table1 + "'")
	}
	unit := map[string]time.Duration{"SECOND": time.Second, "HOUR": time.Hour}[m[4]]
	back, _ := strconv.Atoi(m[5])
	if time.Duration(back)*unit > 14*24*time.Hour-time.Minute {
		return answer{code: 1003, message: "Invalid value for START_TIME: it must be within the last 14 days"}
	}
	limit, _ := strconv.Atoi(m[7])
	var rows []map[string]string
	for _, entry := range a.history[table1] {
		if entry["STATUS"] != "Loaded" {
			rows = append(rows, entry)
		}
	}
	if m[6] != "" {
		slices.Reverse(rows)
	}
	return table(columns, rows[:min(len(rows), limit)])
}

const copiedPattern = `SELECT MIN\(R\) AS FIRST_ROW, MAX\(R\) AS LAST_ROW, MIN_BY\(S, R\) AS FIRST_SEQUENCE, MAX_BY\(S, R\) AS LAST_SEQUENCE FROM ` +
	`\(SELECT "_ROW" AS R, "_SEQUENCE" AS S, "_ROW" - DENSE_RANK\(\) OVER \(ORDER BY "_ROW"\) AS G FROM (\S+) WHERE "_FILE" IN \((.*)\) AND "_ROW" > (\d+)\) ` +
	`GROUP BY G ORDER BY FIRST_ROW LIMIT (\d+)$`

// copiedRanges are the runs of rows that a table has of a file.
func (a *Account) copiedRanges(s *session, m []string) answer {
	if s.warehouse == "" {
		return noWarehouse()
	}
	from, _ := name(m[1])
	if o := a.get("TABLE", from); o == nil || o.owner != s.role {
		return missing("Table '" + from + "'")
	}
	var files []string
	for _, f := range argument.FindAllStringSubmatch(m[2], -1) {
		files = append(files, unescape(f[1]))
	}
	after, _ := strconv.ParseInt(m[3], 10, 64)
	limit, _ := strconv.Atoi(m[4])
	sequences := map[int64]string{}
	var numbers []int64
	for _, row := range a.copied[from] {
		if slices.Contains(files, row.File) && row.Number > after {
			numbers, sequences[row.Number] = append(numbers, row.Number), row.Cells[1]
		}
	}
	slices.Sort(numbers)
	var rows []map[string]string
	for _, n := range slices.Compact(numbers) {
		if len(rows) > 0 && rows[len(rows)-1]["LAST_ROW"] == fmt.Sprint(n-1) {
			rows[len(rows)-1]["LAST_ROW"], rows[len(rows)-1]["LAST_SEQUENCE"] = fmt.Sprint(n), sequences[n]
			continue
		}
		rows = append(rows, map[string]string{"FIRST_ROW": fmt.Sprint(n), "LAST_ROW": fmt.Sprint(n), "FIRST_SEQUENCE": sequences[n], "LAST_SEQUENCE": sequences[n]})
	}
	return table([]string{"FIRST_ROW", "LAST_ROW", "FIRST_SEQUENCE", "LAST_SEQUENCE"}, rows[:min(len(rows), limit)])
}

func noWarehouse() answer {
	return answer{code: 606, message: "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command."}
}

// rulesOfCopies are the statements about what pipes have loaded. What a test has given for them goes before.
func rulesOfCopies() []rule {
	or := func(run func(*Account, *session, []string) answer) func(*Account, *session, []string) answer {
		return func(a *Account, s *session, m []string) answer {
			for part := range a.tables {
				if strings.Contains(m[len(m)-1], part) {
					return a.seeded(s, m)
				}
			}
			return run(a, s, m)
		}
	}
	return []rule{
		{regexp.MustCompile(`(?s)^` + copyHistoryPattern), or((*Account).copyHistory)},
		{regexp.MustCompile(`(?s)^` + copiedPattern), or((*Account).copiedRanges)},
	}
}
