package format

import (
	"errors"
	"fmt"

	"github.com/penstock/penstock/internal/contract"
)

// Meta is what a row knows of its record; it becomes the metadata columns.
type Meta struct {
	// Shard is the shard's id, such as "shardId-000000000000".
	Shard string
	// Sequence is the record's Kinesis sequence number, in decimal. It is not kept.
	Sequence []byte
	// ArrivedMillis is when the record was accepted, in milliseconds since 1970 UTC.
	ArrivedMillis int64
}

// Encoder encodes the rows of one table into one file after another. It belongs to one goroutine.
//
// Rows are compressed as they come, so an Encoder holds about the finished file and 64 KiB.
type Encoder struct {
	columns []contract.Column
	file    file
	rows    int64
	size    int64
	longest int64
}

// file is one file in the making; csvFile and parquetFile are the two kinds. After finish or
// discard it is ready for the next file.
type file interface {
	// append adds a row and returns its encoded bytes before compression. A row that fails leaves
	// nothing behind. row has one value for each column.
	append(meta Meta, row []contract.Value) (int, error)
	// header is how many bytes the file has before its first row, uncompressed.
	header() int
	// finish returns the whole file, which belongs to the caller.
	finish() ([]byte, error)
	// discard forgets the file.
	discard()
}

// ErrRow marks rows that do not have the shape of the table: a fault of the caller, not of data.
var ErrRow = errors.New("the row does not fit its table")

// New makes an Encoder for rows of table, whose metadata columns New puts in front.
func New(cfg Config, table *contract.Table) (*Encoder, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	e := &Encoder{columns: table.Columns}
	if cfg.Format == Parquet {
		p, err := newParquetFile(cfg.Compression, table)
		if err != nil {
			return nil, err
		}
		e.file = p
	} else {
		e.file = newCSVFile(cfg, table)
	}
	return e, nil
}

// Append adds a row with one value for each of the table's columns, in their order. Neither meta
// nor row is kept. After an error (always ErrRow: a caller's fault) the row is not in the file and
// the Encoder is as it was.
func (e *Encoder) Append(meta Meta, row []contract.Value) error {
	if len(row) != len(e.columns) {
		return fmt.Errorf("%w: it has %d values for %d columns", ErrRow, len(row), len(e.columns))
	}
	n, err := e.file.append(meta, row)
	if err != nil {
		return err
	}
	if e.rows == 0 {
		e.size = int64(e.file.header())
	}
	e.rows++
	e.size += int64(n)
	e.longest = max(e.longest, int64(n))
	return nil
}

// Rows is the number of rows in the file so far.
func (e *Encoder) Rows() int64 { return e.rows }

// Size is the bytes of the file so far before compression, header included; 0 without rows. For
// Parquet it is the sum of the values' bytes.
func (e *Encoder) Size() int64 { return e.size }

// LongestRow is an upper bound of the bytes of one encoded row in the file so far, line break
// included.
func (e *Encoder) LongestRow() int64 { return e.longest }

// Finish returns the whole file and resets the Encoder for the next one. The bytes belong to the
// caller. Without rows the file has only its header.
func (e *Encoder) Finish() ([]byte, error) {
	body, err := e.file.finish()
	e.rows, e.size, e.longest = 0, 0, 0
	if err != nil {
		return nil, fmt.Errorf("finish the file: %w", err)
	}
	return body, nil
}

// Discard forgets the rows so far.
func (e *Encoder) Discard() {
	e.file.discard()
	e.rows, e.size, e.longest = 0, 0, 0
}
