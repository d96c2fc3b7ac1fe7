package cloud

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// maxRow is the longest row that is read: an event of 10 MiB, quoted, and once more in base64, is shorter.
const maxRow = 64 << 20

// rowReader reads the CSV that the transformer writes, byte for byte; encoding/csv would turn \r\n inside an
// event into \n.
type rowReader struct {
	in    *bufio.Reader
	cells []string
	cell  []byte
}

var errRow = errors.New("it is not CSV as the transformer writes it")

// next reads a row; its cells are valid for ever. io.EOF ends the file.
func (r *rowReader) next() ([]string, error) {
	r.cells = nil
	size := 0
	for {
		end, err := r.readCell(&size)
		if errors.Is(err, io.EOF) && len(r.cells) == 0 && len(r.cell) == 0 {
			return nil, io.EOF
		}
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: it ends inside a row", errRow)
		}
		if err != nil {
			return nil, err
		}
		r.cells = append(r.cells, string(r.cell))
		if end == '\n' {
			return r.cells, nil
		}
	}
}

// readCell reads a cell and the comma or the line's end behind it.
func (r *rowReader) readCell(size *int) (end byte, err error) {
	r.cell = r.cell[:0]
	quoted, closed := false, false
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if *size++; *size > maxRow {
			return 0, fmt.Errorf("%w: a row has more than %d bytes", errRow, maxRow)
		}
		switch {
		case c == '"' && !quoted && len(r.cell) == 0 && !closed:
			quoted = true
		case c == '"' && quoted && !closed:
			closed = true
		case c == '"' && closed: // two of them are one
			r.cell, closed = append(r.cell, '"'), false
		case (c == ',' || c == '\n') && (!quoted || closed):
			return c, nil
		case closed:
			return 0, fmt.Errorf("%w: something follows a closing quote", errRow)
		default:
			r.cell = append(r.cell, c)
		}
	}
}

// kept is an event as the cloud keeps it, and how it is named there.
type kept struct {
	shard, sequence string
	arrived         time.Time
	key             string
	// reason is why it was refused; empty for what Firehose could not process.
	reason event.Reason
	data   []byte
}

// quarantineCells are the metadata columns and those of contract.QuarantineTable.
const quarantineCells = 11

// quarantined reads a row of the quarantine.
func quarantined(cells []string) (kept, error) {
	if len(cells) != quarantineCells {
		return kept{}, fmt.Errorf("%w: a row of the %s has %d columns, not %d", errRow, contract.QuarantineName, len(cells), quarantineCells)
	}
	arrived, err := time.Parse(time.RFC3339Nano, cells[2])
	if err != nil {
		return kept{}, fmt.Errorf("%w: _arrived_at is no time", errRow)
	}
	k := kept{shard: cells[0], sequence: cells[1], arrived: arrived, reason: event.Reason(cells[3]), key: cells[8], data: []byte(cells[9])}
	if exact := cells[10]; exact != "" {
		if k.data, err = base64.StdEncoding.DecodeString(exact); err != nil {
			return kept{}, fmt.Errorf("%w: raw_base64 is not base64", errRow)
		}
	}
	return k, nil
}
