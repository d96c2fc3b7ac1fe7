package format

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"github.com/penstock/penstock/internal/contract"
)

// Find reads the row of one record back from a file, by its sequence number: what a file says can be
// looked at without a warehouse. extension is the file's (see Config.Name). Values are the texts of the
// file; a column without a value is left out, and so is the empty text in CSV, where encoding/csv
// cannot tell it from none. ok is false when the file has no such row.
func Find(extension string, file []byte, sequence string) (row map[string]string, ok bool, err error) {
	err = Rows(extension, bytes.NewReader(file), int64(len(file)), func(s string) bool { return s == sequence }, func(r Row) error {
		row, ok = r.Values, true
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return row, ok, err
}

var errEnough = errors.New("the row was found")

// Row is a row that was read back from a file.
type Row struct {
	// Sequence is the record's sequence number, in decimal.
	Sequence string
	// Arrived is the record's arrival, in milliseconds since 1970.
	Arrived int64
	// Values are as Find has them, those of the metadata columns too.
	Values map[string]string
}

// Rows calls take for each row of a file that is wanted by its sequence number, in the file's order, until take fails;
// that failure is returned. It reads the file once and keeps one row in memory, of Parquet a group's columns.
func Rows(extension string, file io.ReaderAt, size int64, wanted func(sequence string) bool, take func(Row) error) error {
	cfg, err := Parse(extension)
	if err != nil {
		return err
	}
	if cfg.Format == Parquet {
		return rowsOfParquet(file, size, wanted, take)
	}
	plain, err := unpacked(cfg.Compression, io.NewSectionReader(file, 0, size))
	if err != nil {
		return fmt.Errorf("unpacking: %w", err)
	}
	defer plain.Close() //nolint:errcheck // only read from
	return rowsOfCSV(plain, wanted, take)
}

func unpacked(compression string, file io.Reader) (io.ReadCloser, error) {
	switch compression {
	case Gzip:
		return gzip.NewReader(file)
	case Zstd:
		reader, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return reader.IOReadCloser(), nil
	}
	return io.NopCloser(file), nil
}

func rowsOfCSV(plain io.Reader, wanted func(string) bool, take func(Row) error) error {
	lines := csv.NewReader(plain)
	lines.ReuseRecord = true
	first, err := lines.Read()
	if err != nil {
		return fmt.Errorf("reading the header: %w", err)
	}
	names := append([]string(nil), first...)
	at, arrived := slices.Index(names, contract.SequenceColumn), slices.Index(names, contract.ArrivedColumn)
	if at < 0 || arrived < 0 {
		return fmt.Errorf("the file has no columns %s and %s", contract.SequenceColumn, contract.ArrivedColumn)
	}
	for {
		cells, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading rows: %w", err)
		}
		if !wanted(cells[at]) {
			continue
		}
		when, err := time.Parse(time.RFC3339Nano, cells[arrived])
		if err != nil {
			return fmt.Errorf("reading %s: %w", contract.ArrivedColumn, err)
		}
		row := Row{Sequence: strings.Clone(cells[at]), Arrived: when.UnixMilli(), Values: map[string]string{}}
		for i, cell := range cells {
			if cell != "" {
				row.Values[names[i]] = strings.Clone(cell)
			}
		}
		if err := take(row); err != nil {
			return err
		}
	}
}

// readRows is how many rows of a Parquet file are read at a time.
const readRows = 256

func rowsOfParquet(body io.ReaderAt, size int64, wanted func(string) bool, take func(Row) error) error {
	file, err := parquet.OpenFile(body, size)
	if err != nil {
		return err
	}
	sequence, ok := file.Schema().Lookup(contract.SequenceColumn)
	arrived, there := file.Schema().Lookup(contract.ArrivedColumn)
	if !ok || !there {
		return fmt.Errorf("the file has no columns %s and %s", contract.SequenceColumn, contract.ArrivedColumn)
	}
	for _, group := range file.RowGroups() {
		err := rowsOfGroup(group, func(cells parquet.Row) error {
			number := cells[sequence.ColumnIndex].ByteArray()
			if !wanted(string(number)) {
				return nil
			}
			return take(Row{
				Sequence: string(number), Arrived: time.UnixMicro(cells[arrived.ColumnIndex].Int64()).UnixMilli(), Values: textsOf(group.Schema(), cells),
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func rowsOfGroup(group parquet.RowGroup, fn func(parquet.Row) error) error {
	rows := group.Rows()
	defer rows.Close() //nolint:errcheck // only read from
	buffer := make([]parquet.Row, readRows)
	for {
		n, err := rows.ReadRows(buffer)
		for _, cells := range buffer[:n] {
			if err := fn(cells); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || err == nil && n == 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func textsOf(schema *parquet.Schema, cells parquet.Row) map[string]string {
	row := map[string]string{}
	for _, path := range schema.Columns() {
		leaf, _ := schema.Lookup(path...)
		value := cells[leaf.ColumnIndex]
		if value.IsNull() {
			continue
		}
		text := value.String()
		if leaf.Node.Type().String() == parquet.UUID().Type().String() {
			if id, err := uuid.FromBytes(value.ByteArray()); err == nil {
				text = id.String()
			}
		}
		row[path[0]] = text
	}
	return row
}
