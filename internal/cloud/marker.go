package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// marker says which lines of an object have been sent again. An object's markers are numbered, written once each
// and never changed; together they are what was sent.
type marker struct {
	// Object is the key of the object in the lake.
	Object string `json:"object"`
	// Contracts is the version of those that accepted the lines.
	Contracts string `json:"contracts"`
	// Sent are ranges of lines, counted from 0, both ends included.
	Sent [][2]int `json:"sent"`
}

// maxMarker is far above the ranges of an object with a million lines.
const maxMarker = 32 << 20

// sent is what the markers of an object say, and the number of the next.
type sent struct {
	lines map[int]bool
	next  int
}

func markerKey(key string, number int) string {
	return fmt.Sprintf("%s%s/%06d.json", markerPrefix, key, number)
}

// markedKey is the key of the object that a marker is about.
func markedKey(markerKey string) string {
	return path.Dir(strings.TrimPrefix(markerKey, markerPrefix))
}

// sentOf reads the markers of an object.
func (p *Pipeline) sentOf(ctx context.Context, key string) (sent, error) {
	s := sent{lines: map[int]bool{}}
	return s, p.objects(ctx, markerPrefix+key+"/", func(o object) error {
		out, err := p.lake.GetObject(ctx, &s3.GetObjectInput{Bucket: &p.names.Bucket, Key: &o.key})
		if err != nil {
			return fmt.Errorf("read what was sent of %s: %w", key, err)
		}
		defer out.Body.Close() //nolint:errcheck // only read
		var m marker
		if err := json.NewDecoder(io.LimitReader(out.Body, maxMarker)).Decode(&m); err != nil {
			return fmt.Errorf("%s does not say what was sent: %w", o.key, err)
		}
		for _, r := range m.Sent {
			for line := r[0]; line <= r[1] && line-r[0] < maxMarker; line++ {
				s.lines[line] = true
			}
		}
		s.next++
		return nil
	})
}

// mark writes down that lines were sent, under the first number that is free: another redrive at the same time
// may have taken some.
func (p *Pipeline) mark(ctx context.Context, key, contracts string, number int, lines []int) error {
	text, err := json.Marshal(marker{Object: key, Contracts: contracts, Sent: ranges(lines)})
	if err != nil {
		return err
	}
	const attempts = 100
	for range attempts {
		_, err = p.lake.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &p.names.Bucket, Key: aws.String(markerKey(key, number)), Body: bytes.NewReader(text),
			ContentType: aws.String("application/json"), IfNoneMatch: aws.String("*"),
		})
		answer, refused := errors.AsType[*awshttp.ResponseError](err)
		switch {
		case err == nil:
			return nil
		case refused && answer.HTTPStatusCode() == http.StatusPreconditionFailed:
			number++
		case refused && answer.HTTPStatusCode() == http.StatusConflict: // somebody is writing it right now
		default:
			return fmt.Errorf("write down what was sent of %s: %w", key, err)
		}
	}
	return fmt.Errorf("write down what was sent of %s: %w", key, err)
}

// ranges are the runs of growing numbers.
func ranges(lines []int) [][2]int {
	out := [][2]int{}
	for _, line := range lines {
		if n := len(out); n > 0 && out[n-1][1] == line-1 {
			out[n-1][1] = line
			continue
		}
		out = append(out, [2]int{line, line})
	}
	return out
}
