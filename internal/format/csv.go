package format

import (
	"fmt"

	"github.com/penstock/penstock/internal/contract"
)

const (
	// csvChunk is how many bytes of rows gather before they are handed to the compressor: the
	// block size of gzip level 1, so that a block is neither waited for nor cut short.
	csvChunk = 64 << 10
	// csvKeep is the largest row buffer kept for the next file; a 10 MiB event must not be paid
	// for ever after.
	csvKeep = 4 * csvChunk
)

// csvFile is a CSV file in the making.
type csvFile struct {
	columns []contract.Column
	head    []byte
	packer  packer
	begun   bool
	// rows holds encoded rows the packer has not had yet.
	rows []byte
}

func newCSVFile(cfg Config, table *contract.Table) *csvFile {
	f := &csvFile{columns: table.Columns, packer: newPacker(cfg.Compression)}
	if cfg.Bare {
		return f
	}
	var head []byte
	for _, c := range contract.MetadataColumns() {
		head = append(appendText(head, []byte(c.Name)), ',')
	}
	for _, c := range table.Columns {
		head = append(appendText(head, []byte(c.Name)), ',')
	}
	head[len(head)-1] = '\n'
	f.head = head
	return f
}

func (f *csvFile) header() int { return len(f.head) }

func (f *csvFile) append(meta Meta, row []contract.Value) (int, error) {
	f.begin()
	start := len(f.rows)
	b, err := AppendRow(f.rows, f.columns, meta, row)
	if err != nil {
		return 0, err
	}
	f.rows = b
	n := len(b) - start
	if len(b) >= csvChunk {
		return n, f.flush()
	}
	return n, nil
}

// AppendRow appends the line of one row in CSV, line break included, as it stands in files: the metadata
// columns, then a value for each of columns. After an error, which is ErrRow, b is as it was.
func AppendRow(b []byte, columns []contract.Column, meta Meta, row []contract.Value) ([]byte, error) {
	if len(row) != len(columns) {
		return b, fmt.Errorf("%w: it has %d values for %d columns", ErrRow, len(row), len(columns))
	}
	start := len(b)
	b = appendText(b, stringBytes(meta.Shard))
	b = append(b, ',')
	b = appendText(b, meta.Sequence)
	b = append(b, ',')
	b = appendTimestamp(b, meta.ArrivedMillis*1000)
	for i := range columns {
		b = append(b, ',')
		column, v := &columns[i], &row[i]
		if v.Null {
			if column.Required {
				return b[:start], missing(column)
			}
			continue
		}
		b = appendCSV(b, column.Type.Kind, v)
	}
	return append(b, '\n'), nil
}

// appendCSV appends a value that is not NULL.
func appendCSV(b []byte, kind contract.Kind, v *contract.Value) []byte {
	switch kind {
	case contract.Integer, contract.Bigint:
		return appendInt(b, v.Int)
	case contract.Varchar, contract.JSON:
		return appendText(b, v.Bytes)
	case contract.Timestamp:
		return appendTimestamp(b, v.Int)
	case contract.Boolean:
		if v.Int != 0 {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case contract.Double:
		return appendDouble(b, v.Float)
	case contract.Date:
		return appendDate(b, v.Int)
	}
	return append(b, v.Bytes...) // Decimal and UUID need no quotes, whatever they hold
}

func missing(c *contract.Column) error {
	return fmt.Errorf("%w: column %s is required and has no value", ErrRow, c.Name)
}

func (f *csvFile) begin() {
	if !f.begun {
		f.begun = true
		f.rows = append(f.rows, f.head...)
	}
}

func (f *csvFile) flush() error {
	err := f.packer.write(f.rows)
	if cap(f.rows) > csvKeep {
		f.rows = nil
	}
	f.rows = f.rows[:0]
	return err
}

func (f *csvFile) finish() ([]byte, error) {
	f.begin()
	f.begun = false
	if err := f.flush(); err != nil {
		f.packer.discard()
		return nil, err
	}
	return f.packer.finish()
}

func (f *csvFile) discard() {
	f.begun = false
	f.rows = f.rows[:0]
	f.packer.discard()
}
