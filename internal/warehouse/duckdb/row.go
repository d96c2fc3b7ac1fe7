package duckdb

import (
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// row is one row of a result that is being read. Its methods must be called with the column's own
// type: text for VARCHAR, int for BIGINT. Texts are copies.
type row struct {
	columns []column
	index   uint64
}

type column struct {
	data  unsafe.Pointer
	valid unsafe.Pointer
}

func eachRow(chunk bindings.DataChunk, fn func(row) error) error {
	r := row{columns: chunkColumns(chunk)}
	size := uint64(bindings.DataChunkGetSize(chunk))
	for r.index = 0; r.index < size; r.index++ {
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func chunkColumns(chunk bindings.DataChunk) []column {
	columns := make([]column, bindings.DataChunkGetColumnCount(chunk))
	for i := range columns {
		vec := bindings.DataChunkGetVector(chunk, bindings.IdxT(i))
		columns[i] = column{bindings.VectorGetData(vec), bindings.VectorGetValidity(vec)}
	}
	return columns
}

func (r row) null(i int) bool { return r.columns[i].null(r.index) }

func (r row) int(i int) int64 {
	if r.null(i) {
		return 0
	}
	return *(*int64)(unsafe.Add(r.columns[i].data, r.index*8))
}

func (r row) text(i int) string {
	if r.null(i) {
		return ""
	}
	return string(r.columns[i].bytes(r.index))
}

// null reports whether the value at index is NULL: DuckDB keeps a bit for each row, 1 if it is
// valid, and no bits at all when every row is.
func (c column) null(index uint64) bool {
	if c.valid == nil {
		return false
	}
	word := *(*uint64)(unsafe.Add(c.valid, index/64*8))
	return word>>(index%64)&1 == 0
}

// stringSize is the size of DuckDB's string_t: a 32-bit length, then 12 bytes of text or, for
// longer ones, a 4-byte prefix and a pointer.
const (
	stringSize   = 16
	inlineLength = 12
)

// bytes is the text at index, valid as long as its chunk.
func (c column) bytes(index uint64) []byte {
	s := unsafe.Add(c.data, index*stringSize)
	length := *(*uint32)(s)
	if length <= inlineLength {
		return unsafe.Slice((*byte)(unsafe.Add(s, 4)), length)
	}
	return unsafe.Slice(*(**byte)(unsafe.Add(s, 8)), length)
}
