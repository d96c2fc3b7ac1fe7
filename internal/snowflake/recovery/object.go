package recovery

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
	"github.com/penstock/penstock/internal/snowflake"
)

// object is one of the quarantine in the making, packed in a file of the machine: a refused file may have more rows
// than fit into memory.
type object struct {
	file *os.File
	out  *bufio.Writer
	pack *gzip.Writer
	rows int64
}

func newObject() (*object, error) {
	file, err := os.CreateTemp("", "penstock-recover-*.csv.gz")
	if err != nil {
		return nil, noSpace(err)
	}
	out := bufio.NewWriterSize(file, 64<<10)
	return &object{file: file, out: out, pack: gzip.NewWriter(out)}, nil
}

func (o *object) add(line []byte) error {
	o.rows++
	if _, err := o.pack.Write(line); err != nil {
		return noSpace(err)
	}
	return nil
}

func noSpace(err error) error {
	return &event.Error{Code: "no_space", Message: "the rows cannot be gathered in a temporary file", Err: err, Hint: "name a folder with room in TMPDIR"}
}

// finish is the object's content, from its beginning.
func (o *object) finish() (io.ReadSeeker, error) {
	if err := errors.Join(o.pack.Close(), o.out.Flush()); err != nil {
		return nil, noSpace(err)
	}
	_, err := o.file.Seek(0, io.SeekStart)
	return o.file, err
}

func (o *object) remove() {
	_ = o.file.Close()
	_ = os.Remove(o.file.Name()) // a folder for temporary files is emptied by others, too
}

// quarantineRow makes lines of the quarantine as the transformer makes them.
type quarantineRow struct {
	table string
	file  snowflake.RefusedFile

	fill   contract.QuarantineRow
	buffer []byte
}

// maxError is how much of Snowflake's words stands in each row, in characters.
const maxError = 200

// line is the quarantine's row for one that was refused, valid until the next. What the event was, its partition key
// and which version of the contracts it met, a row does not tell; raw is the row's own text.
func (q *quarantineRow) line(row *records) ([]byte, error) {
	if row.count < leading {
		return nil, fmt.Errorf("%w: a row has %d columns", errCSV, row.count)
	}
	arrived, err := time.Parse(time.RFC3339Nano, string(row.cells[2]))
	if err != nil {
		return nil, fmt.Errorf("%w: %s is no time", errCSV, contract.ArrivedColumn)
	}
	values := q.fill.Fill(row.raw, "", contract.Outcome{Verdict: contract.Quarantined, Reason: event.ReasonRefused, Contract: q.table, Detail: q.detail(row.number)}, "")
	meta := format.Meta{
		Shard: contract.Clean(string(row.cells[0])), Sequence: []byte(contract.Clean(string(row.cells[1]))), ArrivedMillis: arrived.UnixMilli(),
	}
	q.buffer, err = format.AppendRow(q.buffer[:0], contract.QuarantineTable().Columns, meta, values)
	return q.buffer, err
}

// detail says where the row is, since a row that another refused before it has no error of its own.
func (q *quarantineRow) detail(number int64) string {
	words := []rune(q.file.Error)
	if len(words) > maxError {
		words = append(words[:maxError], []rune("...")...)
	}
	return fmt.Sprintf("%s (the file's first error, in line %s); row %d of %s", string(words), q.file.Line, number, q.file.Key)
}
