package snowflake

import (
	"encoding/json"
	"os"

	"github.com/penstock/penstock/internal/format"
	"github.com/penstock/penstock/internal/warehouse"
)

// lakeFile is a file of the lake on this machine, with the sequence numbers of its rows.
type lakeFile struct {
	path, format string
	sequences    []string
}

func readLakeFile(path string, s suspect) (*lakeFile, error) {
	f := &lakeFile{path: path, format: s.Format}
	err := f.rows(func(sequence string) bool {
		f.sequences = append(f.sequences, sequence)
		return false
	}, nil)
	return f, err
}

func (f *lakeFile) rows(wanted func(string) bool, take func(format.Row) error) error {
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close()
	facts, err := file.Stat()
	if err != nil {
		return err
	}
	return format.Rows(f.format, file, facts.Size(), wanted, take)
}

// without are the rows beside those that were taken.
func (f *lakeFile) without(taken map[string]int) ([]warehouse.RefusedRow, error) {
	var refused []warehouse.RefusedRow
	err := f.rows(func(sequence string) bool {
		taken[sequence]--
		return taken[sequence] < 0
	}, func(row format.Row) error {
		text, err := json.Marshal(row.Values)
		refused = append(refused, warehouse.RefusedRow{Sequence: row.Sequence, Arrived: row.Arrived, Row: string(text)})
		return err
	})
	return refused, err
}
