package recovery

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// leading is how many cells of a row are read: _shard, _sequence, _arrived_at.
const leading = 3

// records reads the rows of a file as the transformer writes them: CSV without a header, of which a text between
// quotes may hold line breaks. Rows are counted as METADATA$FILE_ROW_NUMBER counts them, not lines.
type records struct {
	in  *bufio.Reader
	max int
	// number of the row at hand, from 1.
	number int64
	// raw is its text without the line break. Both are valid until the next row.
	raw   []byte
	cells [leading][]byte
	// count of its cells.
	count int
}

func newRecords(in io.Reader, maxRow int) *records {
	return &records{in: bufio.NewReaderSize(in, 64<<10), max: maxRow}
}

var errCSV = errors.New("it is not CSV as the transformer writes it")

// next reads a row. io.EOF ends the file.
func (r *records) next() error {
	r.raw, r.count = r.raw[:0], 0
	for i := range r.cells {
		r.cells[i] = r.cells[i][:0]
	}
	for {
		end, err := r.cell()
		last := errors.Is(err, io.EOF) && len(r.raw) > 0 // the last line may have no break
		if err != nil && !last {
			return err
		}
		r.count++
		if end == '\n' || last {
			r.number++
			return nil
		}
	}
}

// cell reads a cell and what ends it. io.EOF may end it, too, but not inside of quotes.
func (r *records) cell() (end byte, err error) {
	quoted, closed, begun := false, false, false
	for {
		c, err := r.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && quoted && !closed:
			return 0, fmt.Errorf("%w: the file ends inside of quotes", errCSV)
		case err != nil:
			return 0, err
		case c == '\n' && (!quoted || closed):
			return c, nil
		}
		if len(r.raw) == r.max {
			return 0, fmt.Errorf("%w: a row has more than %d bytes", errCSV, r.max)
		}
		r.raw = append(r.raw, c)
		switch {
		case c == ',' && (!quoted || closed):
			return c, nil
		case c == '"' && !begun:
			quoted = true
		case c == '"' && quoted && !closed:
			closed = true
		case c == '"' && closed: // two of them are one
			closed = false
			r.keep(c)
		case closed:
			return 0, fmt.Errorf("%w: something follows a closing quote", errCSV)
		default:
			r.keep(c)
		}
		begun = true
	}
}

func (r *records) keep(c byte) {
	if r.count < leading {
		r.cells[r.count] = append(r.cells[r.count], c)
	}
}

// unpacked reads an object that may be packed with gzip, at most so many bytes of it.
func unpacked(in io.Reader, most int64) (io.Reader, error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	var plain io.Reader = buffered
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		var err error
		if plain, err = gzip.NewReader(buffered); err != nil {
			return nil, err
		}
	}
	return &bounded{in: plain, left: most, most: most}, nil
}

// bounded is a reader that fails behind so many bytes.
type bounded struct {
	in         io.Reader
	left, most int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the object unpacks to more than %d bytes", b.most)
	}
	return n, err
}
