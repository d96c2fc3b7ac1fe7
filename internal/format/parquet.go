package format

import (
	"bytes"

	"github.com/parquet-go/parquet-go"

	"github.com/penstock/penstock/internal/contract"
)

const (
	// parquetBatch is how many rows gather before they are handed to the columns' writers.
	parquetBatch = 256
	// parquetBatchBytes bounds the texts of a batch, for rows of megabytes.
	parquetBatchBytes = 256 << 10
	// parquetRowGroup is how many rows a row group has at most: the unit DuckDB and Snowflake
	// read in parallel, and DuckDB's own choice.
	parquetRowGroup = 122_880
	// parquetPage is the size a column's page is closed at. Every open encoder holds one page for
	// each of its columns.
	parquetPage = 64 << 10
)

// parquetFile is a Parquet file in the making.
type parquetFile struct {
	columns []parquetColumn // metadata columns first
	config  *parquet.WriterConfig
	// writer is nil between files. Each file has its own: in v0.32.0 of the library a writer that
	// is reset loses the columns' names from the next file's metadata.
	writer *parquet.GenericWriter[any]
	out    *bytes.Buffer
	last   int // size of the last file: a guess of the next

	row     []parquet.Value // the row being converted
	pending int             // rows in the columns' batches
	group   int             // rows in the row group so far, batches not counted
	arena   []byte          // the bytes of the batches' values
}

func newParquetFile(compression string, table *contract.Table) (*parquetFile, error) {
	columns := append(contract.MetadataColumns(), table.Columns...)
	schema, err := parquetSchema(table.Name, columns)
	if err != nil {
		return nil, err
	}
	config, err := parquet.NewWriterConfig(parquetOptions(compression, schema, columns)...)
	if err != nil {
		return nil, err
	}
	f := &parquetFile{config: config, row: make([]parquet.Value, len(columns))}
	for i, c := range columns {
		f.columns = append(f.columns, parquetColumn{column: c, index: i, convert: converterOf(c.Type)})
	}
	return f, nil
}

func (f *parquetFile) header() int { return 0 }

func (f *parquetFile) append(meta Meta, row []contract.Value) (int, error) {
	f.open()
	before := len(f.arena)
	lead := [...]contract.Value{
		{Bytes: stringBytes(meta.Shard)}, {Bytes: meta.Sequence}, {Int: meta.ArrivedMillis * 1000},
	}
	size := 0
	for i := range f.columns {
		v := &lead[min(i, len(lead)-1)]
		if i >= len(lead) {
			v = &row[i-len(lead)]
		}
		n, err := f.convert(i, v)
		if err != nil {
			f.arena = f.arena[:before]
			return 0, err
		}
		size += n
	}
	for i := range f.columns {
		f.columns[i].batch = append(f.columns[i].batch, f.row[i])
	}
	f.pending++
	if f.pending >= parquetBatch || len(f.arena) >= parquetBatchBytes {
		return size, f.flush()
	}
	return size, nil
}

// convert puts a value into the row and returns its size in bytes.
func (f *parquetFile) convert(i int, v *contract.Value) (int, error) {
	c := &f.columns[i]
	if v.Null {
		if c.column.Required {
			return 0, missing(&c.column)
		}
		f.row[i] = parquet.NullValue().Level(0, 0, i)
		return 1, nil
	}
	value, n, err := c.convert(f, v)
	if err != nil {
		return 0, rowError(&c.column, err)
	}
	defined := 1
	if c.column.Required {
		defined = 0
	}
	f.row[i] = value.Level(0, defined, i)
	return n, nil
}

// keep copies b to the arena, where it stays until the batch is written.
func (f *parquetFile) keep(b []byte) []byte {
	start := len(f.arena)
	f.arena = append(f.arena, b...)
	return f.arena[start:len(f.arena):len(f.arena)]
}

// flush hands the batches to the writer, which copies them.
func (f *parquetFile) flush() error {
	writers := f.writer.ColumnWriters()
	for i := range f.columns {
		c := &f.columns[i]
		if _, err := writers[i].WriteRowValues(c.batch); err != nil {
			return err
		}
		clear(c.batch)
		c.batch = c.batch[:0]
	}
	f.group += f.pending
	f.pending = 0
	if cap(f.arena) > 4*parquetBatchBytes {
		f.arena = nil
	}
	f.arena = f.arena[:0]
	if f.group >= parquetRowGroup {
		f.group = 0
		return f.writer.Flush()
	}
	return nil
}

func (f *parquetFile) open() {
	if f.writer == nil {
		f.out = bytes.NewBuffer(make([]byte, 0, max(f.last+f.last/8, 4<<10)))
		f.writer = parquet.NewGenericWriter[any](f.out, f.config)
	}
}

func (f *parquetFile) finish() ([]byte, error) {
	f.open()
	defer f.discard()
	if err := f.flush(); err != nil {
		return nil, err
	}
	if err := f.writer.Close(); err != nil {
		return nil, err
	}
	f.last = f.out.Len()
	return f.out.Bytes(), nil
}

func (f *parquetFile) discard() {
	for i := range f.columns {
		clear(f.columns[i].batch)
		f.columns[i].batch = f.columns[i].batch[:0]
	}
	f.arena, f.pending, f.group = f.arena[:0], 0, 0
	f.writer, f.out = nil, nil
}
