package cloud

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// DeleteLake deletes every version of every object of the lake, then the bucket. Nothing brings them back.
func (p *Pipeline) DeleteLake(ctx context.Context, progress func(deleted int64)) error {
	var deleted int64
	pages := s3.NewListObjectVersionsPaginator(p.lake, &s3.ListObjectVersionsInput{Bucket: &p.names.Bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the lake %s: %w", p.names.Bucket, err)
		}
		var batch []types.ObjectIdentifier // a page and a call have 1,000 at most
		for _, v := range page.Versions {
			batch = append(batch, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			batch = append(batch, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		if len(batch) == 0 {
			continue
		}
		out, err := p.lake.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &p.names.Bucket, Delete: &types.Delete{Objects: batch, Quiet: aws.Bool(true)}})
		if err != nil {
			return fmt.Errorf("empty the lake %s: %w", p.names.Bucket, err)
		}
		if len(out.Errors) > 0 {
			e := out.Errors[0]
			return fmt.Errorf("empty the lake %s: %d objects stay, the first is %s: %s", p.names.Bucket, len(out.Errors), aws.ToString(e.Key), aws.ToString(e.Message))
		}
		deleted += int64(len(batch))
		progress(deleted)
	}
	if _, err := p.lake.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &p.names.Bucket}); err != nil {
		return fmt.Errorf("delete the bucket %s: %w", p.names.Bucket, err)
	}
	return nil
}
