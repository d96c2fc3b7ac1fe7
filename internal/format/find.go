package format

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

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
	cfg, err := Parse(extension)
	if err != nil {
		return nil, false, err
	}
	if cfg.Format == Parquet {
		return findParquet(file, sequence)
	}
	plain, err := unpacked(cfg.Compression, file)
	if err != nil {
		return nil, false, fmt.Errorf("unpacking: %w", err)
	}
	defer plain.Close() //nolint:errcheck // only read from
	return findCSV(plain, sequence)
}

func unpacked(compression string, file []byte) (io.ReadCloser, error) {
	switch compression {
	case Gzip:
		return gzip.NewReader(bytes.NewReader(file))
	case Zstd:
		reader, err := zstd.NewReader(bytes.NewReader(file), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return reader.IOReadCloser(), nil
	}
	return io.NopCloser(bytes.NewReader(file)), nil
}

func findCSV(plain io.Reader, sequence string) (map[string]string, bool, error) {
	lines := csv.NewReader(plain)
	lines.ReuseRecord = true
	first, err := lines.Read()
	if err != nil {
		return nil, false, fmt.Errorf("reading the header: %w", err)
	}
	names := append([]string(nil), first...)
	at := -1
	for i, name := range names {
		if name == contract.SequenceColumn {
			at = i
		}
	}
	if at < 0 {
		return nil, false, errors.New("the file has no column " + contract.SequenceColumn)
	}
	for {
		cells, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, fmt.Errorf("reading rows: %w", err)
		}
		if cells[at] != sequence {
			continue
		}
		row := map[string]string{}
		for i, cell := range cells {
			if cell != "" {
				row[names[i]] = strings.Clone(cell)
			}
		}
		return row, true, nil
	}
}

// findRows is how many rows of a Parquet file are read at a time.
const findRows = 256

func findParquet(body []byte, sequence string) (map[string]string, bool, error) {
	file, err := parquet.OpenFile(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, false, err
	}
	column, ok := file.Schema().Lookup(contract.SequenceColumn)
	if !ok {
		return nil, false, errors.New("the file has no column " + contract.SequenceColumn)
	}
	for _, group := range file.RowGroups() {
		row, err := findInGroup(group, column.ColumnIndex, sequence)
		if err != nil || row != nil {
			return row, row != nil, err
		}
	}
	return nil, false, nil
}

func findInGroup(group parquet.RowGroup, at int, sequence string) (map[string]string, error) {
	rows := group.Rows()
	defer rows.Close() //nolint:errcheck // only read from
	buffer := make([]parquet.Row, findRows)
	for {
		n, err := rows.ReadRows(buffer)
		for _, cells := range buffer[:n] {
			if string(cells[at].ByteArray()) == sequence {
				return textsOf(group.Schema(), cells), nil
			}
		}
		if errors.Is(err, io.EOF) || err == nil && n == 0 {
			return nil, nil
		}
		if err != nil {
			return nil, err
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
