package cloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Table is a table of the lake.
type Table struct {
	Name string `json:"name"`
	// Newest is the newest object of its newest hour, and when it was written.
	Newest  string    `json:"newest"`
	Written time.Time `json:"written"`
	Bytes   int64     `json:"bytes"`
}

// maxErrorObjects is how far error objects are counted; more is only more of the same.
const maxErrorObjects = 10_000

// markerPrefix is where a redrive notes what it has sent, beside the data, where auto-ingest does not look.
const markerPrefix = "redriven/"

var errEnough = errors.New("enough")

// tables looks for each table's newest object. Folders are named dt=, then hour=, so the last by name is the newest.
func (p *Pipeline) tables(ctx context.Context, part *Part) ([]Table, error) {
	tables := []Table{}
	folders, err := p.folders(ctx, p.names.DataPrefix)
	if err != nil {
		return tables, err
	}
	for _, folder := range folders {
		t := Table{Name: strings.TrimSuffix(strings.TrimPrefix(folder, p.names.DataPrefix), "/")}
		at := folder
		for {
			below, err := p.folders(ctx, at)
			if err != nil {
				return tables, err
			}
			if len(below) == 0 {
				break
			}
			at = below[len(below)-1]
		}
		err := p.objects(ctx, at, func(o object) error {
			if !o.written.Before(t.Written) {
				t.Newest, t.Written, t.Bytes = o.key, o.written, o.size
			}
			return nil
		})
		if err != nil {
			return tables, err
		}
		tables = append(tables, t)
	}
	part.State = fmt.Sprintf("%d table(s)", len(tables))
	return tables, nil
}

// lookAtErrors counts the objects that Firehose wrote and no redrive has sent again.
func (p *Pipeline) lookAtErrors(ctx context.Context, part *Part) error {
	done := map[string]bool{}
	err := p.objects(ctx, markerPrefix+p.names.ErrorPrefix, func(o object) error {
		done[markedKey(o.key)] = true
		return nil
	})
	if err != nil {
		return err
	}
	open, all := 0, 0
	var newest time.Time
	err = p.objects(ctx, p.names.ErrorPrefix, func(o object) error {
		if all++; all > maxErrorObjects {
			return errEnough
		}
		if !done[o.key] {
			open++
			if o.written.After(newest) {
				newest = o.written
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	part.State = fmt.Sprintf("%d object(s), %d not redriven", min(all, maxErrorObjects), open)
	if all > maxErrorObjects {
		part.State = "more than " + part.State
	}
	if open > 0 {
		part.Wrong = fmt.Sprintf("Firehose could not process what is in %d object(s), the newest of %s", open, newest.UTC().Format(time.RFC3339))
	}
	return nil
}

type object struct {
	key     string
	size    int64
	written time.Time
}

// objects calls fn for the objects below a prefix in the order of their keys, until fn fails.
func (p *Pipeline) objects(ctx context.Context, prefix string, fn func(object) error) error {
	pages := s3.NewListObjectsV2Paginator(p.lake, &s3.ListObjectsV2Input{Bucket: &p.names.Bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, o := range page.Contents {
			if err := fn(object{aws.ToString(o.Key), aws.ToInt64(o.Size), aws.ToTime(o.LastModified)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// folders are the next part of the keys below a prefix, in order, each with its "/".
func (p *Pipeline) folders(ctx context.Context, prefix string) ([]string, error) {
	var folders []string
	pages := s3.NewListObjectsV2Paginator(p.lake, &s3.ListObjectsV2Input{Bucket: &p.names.Bucket, Prefix: &prefix, Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range page.CommonPrefixes {
			folders = append(folders, aws.ToString(f.Prefix))
		}
	}
	slices.Sort(folders)
	return folders, nil
}
