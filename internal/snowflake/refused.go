package snowflake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/contract"
)

// Remembered is how far back COPY_HISTORY is asked. It remembers 14 days (Snowflake, COPY_HISTORY); an hour less
// keeps the question within them while it is on its way.
const Remembered = 14*24*time.Hour - time.Hour

const (
	// MaxRefused is how many entries of COPY_HISTORY are read for a table. A session reads an answer of 10,000 rows.
	MaxRefused = 5_000
	// LoadedPage is how many ranges of rows one question is answered with.
	LoadedPage = 5_000
)

// RefusedFile is a file of a table that Snowflake did not load, or not whole.
type RefusedFile struct {
	// Key of the object in the lake. Empty for a file that lies elsewhere: Name has all that is known of it.
	Key, Name string
	// Status is "Load failed" or "Partially loaded".
	Status string
	// Error is the file's first error, Line the line it is in, from 1.
	Error, Line string
	// Loaded is how many rows a load of the file has brought.
	Loaded int64
}

// LoadedRange is a run of a file's rows that the table has, both ends included and counted from 1, with the sequence
// numbers that the rows at the ends have.
type LoadedRange struct {
	First, Last                 int64
	FirstSequence, LastSequence string
}

// Refused asks COPY_HISTORY for the files of a table that were not loaded whole in the time before now, the oldest
// load first and each once. more says that there were more than MaxRefused entries. It wakes the virtual warehouse.
func (r *Run) Refused(ctx context.Context, t *contract.Table, before time.Duration) (files []RefusedFile, more bool, err error) {
	n := r.cfg.Names
	if _, err := r.send(ctx, sql(n.Loader, "USE WAREHOUSE "+n.Warehouse.String())); err != nil {
		return nil, false, err
	}
	rows, err := r.send(ctx, sql(n.Loader, fmt.Sprintf("SELECT STAGE_LOCATION, FILE_NAME, STATUS, ROW_COUNT, FIRST_ERROR_MESSAGE, FIRST_ERROR_LINE_NUMBER "+
		"FROM TABLE(%s.INFORMATION_SCHEMA.COPY_HISTORY(TABLE_NAME => %s, START_TIME => DATEADD(SECOND, -%d, CURRENT_TIMESTAMP()))) "+
		"WHERE STATUS IN ('Load failed', 'Partially loaded') ORDER BY LAST_LOAD_TIME, FILE_NAME LIMIT %d",
		n.Database, Literal(n.raw(column(t.Name))), int64(before/time.Second), MaxRefused+1)))
	if err != nil {
		return nil, false, err
	}
	if more = len(rows) > MaxRefused; more {
		rows = rows[:MaxRefused]
	}
	at := map[string]int{}
	for _, row := range rows {
		f := r.cfg.refusedFile(t, row)
		i, again := at[f.Key+"\n"+f.Name]
		if !again {
			at[f.Key+"\n"+f.Name] = len(files)
			files = append(files, f)
			continue
		}
		f.Loaded = max(f.Loaded, files[i].Loaded)
		files[i] = f
	}
	return files, more, nil
}

func (c Config) refusedFile(t *contract.Table, row map[string]string) RefusedFile {
	loaded, _ := strconv.ParseInt(row["row_count"], 10, 64) // NULL counts as none
	return RefusedFile{
		Key: c.Lake.key(t, row["stage_location"], row["file_name"]), Name: row["stage_location"] + row["file_name"],
		Status: row["status"], Error: row["first_error_message"], Line: row["first_error_line_number"], Loaded: loaded,
	}
}

// key is an object's key from what COPY_HISTORY calls it: FILE_NAME is relative to STAGE_LOCATION, which is the URL
// of the folder that the pipe reads. (Snowflake's pages say "relative path" and "name of the stage", so that the
// path within the stage is understood, too.) It is empty for what does not lie below the table's prefix.
func (l Lake) key(t *contract.Table, location, file string) string {
	below := l.Prefix + t.Name + "/"
	if _, url, ok := strings.Cut(location, "://"); ok {
		bucket, folder, _ := strings.Cut(url, "/")
		if bucket != l.Bucket {
			return ""
		}
		if folder = strings.TrimSuffix(folder, "/"); folder != "" && !strings.HasPrefix(file, folder+"/") {
			file = folder + "/" + strings.TrimPrefix(file, "/")
		}
	}
	for _, key := range []string{file, l.Prefix + strings.TrimPrefix(file, "/")} {
		if len(key) > len(below) && strings.HasPrefix(key, below) {
			return key
		}
	}
	return ""
}

// Loaded asks which rows of a file a table has, behind a row, in order and at most LoadedPage ranges. Rows that follow
// each other are counted together, so that the answer is as short as few rows are missing.
func (r *Run) Loaded(ctx context.Context, t *contract.Table, key string, after int64) ([]LoadedRange, error) {
	n := r.cfg.Names
	// METADATA$FILENAME is the key in the bucket ("the full path"); older pages of Snowflake's say the path in the stage.
	names := Literal(key)
	if inStage := strings.TrimPrefix(key, r.cfg.Lake.Prefix); inStage != key {
		names += ", " + Literal(inStage)
	}
	rows, err := r.send(ctx, sql(n.Loader, fmt.Sprintf(`SELECT MIN(R) AS FIRST_ROW, MAX(R) AS LAST_ROW, MIN_BY(S, R) AS FIRST_SEQUENCE, MAX_BY(S, R) AS LAST_SEQUENCE `+
		`FROM (SELECT "_ROW" AS R, "_SEQUENCE" AS S, "_ROW" - DENSE_RANK() OVER (ORDER BY "_ROW") AS G FROM %s WHERE "_FILE" IN (%s) AND "_ROW" > %d) `+
		`GROUP BY G ORDER BY FIRST_ROW LIMIT %d`, n.raw(column(t.Name)), names, after, LoadedPage)))
	if err != nil {
		return nil, err
	}
	ranges := make([]LoadedRange, 0, len(rows))
	for _, row := range rows {
		first, err := strconv.ParseInt(row["first_row"], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the table's row numbers are no numbers: %w", err)
		}
		last, err := strconv.ParseInt(row["last_row"], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the table's row numbers are no numbers: %w", err)
		}
		ranges = append(ranges, LoadedRange{first, last, row["first_sequence"], row["last_sequence"]})
	}
	return ranges, nil
}

// RecoveredKey is the key of the quarantine's object for the rows that are missing of a table's file. It is made of
// the file's key alone, so that a file's rows enter the quarantine once; it lies beside the quarantine's other files
// of that hour.
func (l Lake) RecoveredKey(t *contract.Table, key string) string {
	folder := path.Dir(strings.TrimPrefix(key, l.Prefix+t.Name+"/")) + "/"
	if folder == "./" {
		folder = ""
	}
	sum := sha256.Sum256([]byte(key))
	return l.Prefix + contract.QuarantineName + "/" + folder + "refused-" + t.Name + "-" + hex.EncodeToString(sum[:16]) + ".csv.gz"
}
