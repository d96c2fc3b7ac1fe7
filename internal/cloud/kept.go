package cloud

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/klauspost/compress/gzip"
)

// errorShard stands for the shard of events that Firehose wrote without their position.
const errorShard = "errors"

// maxObject is the most of an object that is read, unpacked. Firehose's have 128 MiB, and some more when it is behind.
const maxObject = 4 << 30

// open reads an object, unpacked if it is gzip: Firehose packs its error output as it does its data, and names it so.
func (p *Pipeline) open(ctx context.Context, key string) (io.Reader, io.Closer, error) {
	out, err := p.lake.GetObject(ctx, &s3.GetObjectInput{Bucket: &p.names.Bucket, Key: &key})
	if err != nil {
		return nil, nil, err
	}
	in := bufio.NewReaderSize(out.Body, 64<<10)
	var plain io.Reader = in
	if magic, _ := in.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		if plain, err = gzip.NewReader(in); err != nil {
			return nil, nil, errors.Join(err, out.Body.Close())
		}
	}
	return &bounded{plain, maxObject}, out.Body, nil
}

// bounded fails past its bytes, for an object that ends early would be taken for a whole one.
type bounded struct {
	in   io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the object has more than %d bytes unpacked", int64(maxObject))
	}
	return n, err
}

// quarantineRows calls fn for each row of an object of the quarantine, with its line from 0, until fn fails.
func quarantineRows(in io.Reader, fn func(line int, k kept) error) error {
	rows := rowReader{in: bufio.NewReaderSize(in, 64<<10)}
	for line := 0; ; line++ {
		cells, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", line+1, err)
		}
		k, err := quarantined(cells)
		if err != nil {
			return fmt.Errorf("row %d: %w", line+1, err)
		}
		if err := fn(line, k); err != nil {
			return err
		}
	}
}

// errorDocument is a line of Firehose's error output. Its times come as numbers and as texts.
type errorDocument struct {
	ErrorCode        string      `json:"errorCode"`
	ArrivalTimestamp json.Number `json:"arrivalTimestamp"`
	RawData          string      `json:"rawData"`
}

// errorLines calls fn for each line of an error object, until fn fails. The documents do not say where in the
// stream their events were; an event's position is made of the object's name and the line, which stay.
func errorLines(key string, in io.Reader, fn func(line int, k kept) error) error {
	sum := sha256.Sum256([]byte(key))
	object := hex.EncodeToString(sum[:16])
	lines := json.NewDecoder(in)
	lines.UseNumber()
	for line := 0; ; line++ {
		var d errorDocument
		if err := lines.Decode(&d); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("line %d is not what Firehose writes: %w", line+1, err)
		}
		data, err := base64.StdEncoding.DecodeString(d.RawData)
		if err != nil {
			return fmt.Errorf("line %d: rawData is not base64: %w", line+1, err)
		}
		millis, err := d.ArrivalTimestamp.Int64()
		if err != nil || millis < 0 {
			millis = 0
		}
		k := kept{shard: errorShard, sequence: object + "." + leadingZeros(line), arrived: time.UnixMilli(millis), data: data}
		if err := fn(line, k); err != nil {
			return err
		}
	}
}

// leadingZeros makes numbers sort as texts do.
func leadingZeros(n int) string {
	const digits = "000000000"
	text := strconv.Itoa(n)
	return digits[:max(0, len(digits)-len(text))] + text
}
