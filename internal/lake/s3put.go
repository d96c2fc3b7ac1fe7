package lake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// sumKey is the metadata that holds an object's SHA-256 in hex: x-amz-meta-sha256.
const sumKey = "sha256"

// probeName is the one object that is written over, by Probe; List does not show it.
const probeName = ".probe"

// transferTime is how long one object of size bytes may take to come or go: connecting, waiting and
// some 2 Mbit/s, with room for the SDK's two retries.
func transferTime(size int64) time.Duration {
	return 90*time.Second + time.Duration(size>>18)*time.Second
}

// Put stores the object unless its name is taken, which S3 decides (If-None-Match). A name that is
// taken is often our own: an earlier Put whose answer was lost.
func (b *bucket) Put(ctx context.Context, name string, body []byte) error {
	if err := CheckName(name); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, transferTime(int64(len(body))))
	defer cancel()
	sum := sha256.Sum256(body)
	_, err := b.client.PutObject(limited, &s3.PutObjectInput{
		Bucket: &b.bucket, Key: b.key(name), Body: bytes.NewReader(body),
		IfNoneMatch:    aws.String("*"),
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum[:])),
		Metadata:       map[string]string{sumKey: hex.EncodeToString(sum[:])},
	})
	if err == nil {
		return nil
	}
	if codeOf(err) != "PreconditionFailed" {
		return fault(ctx, "put "+name, err)
	}
	same, err := b.holds(ctx, name, int64(len(body)), sum)
	if errors.Is(err, fs.ErrNotExist) {
		return unavailable("put "+name, errors.New("the object was there and then was not"))
	}
	if err != nil {
		return err
	}
	if !same {
		return fmt.Errorf("put %s: %w", name, ErrDiffers)
	}
	return nil
}

// holds reports whether the object has that size and sum. Objects without our metadata are read.
func (b *bucket) holds(ctx context.Context, name string, size int64, sum [sha256.Size]byte) (bool, error) {
	head, err := b.head(ctx, name)
	if err != nil {
		return false, err
	}
	if aws.ToInt64(head.ContentLength) != size {
		return false, nil
	}
	if stored := head.Metadata[sumKey]; stored != "" {
		return stored == hex.EncodeToString(sum[:]), nil
	}
	got, err := b.get(ctx, name)
	if err != nil {
		return false, err
	}
	h := sha256.New()
	_, err = io.Copy(h, got.Body)
	if err := errors.Join(err, got.Body.Close()); err != nil {
		return false, err
	}
	return bytes.Equal(h.Sum(nil), sum[:]), nil
}

// Probe writes a small object over and over: rights to read would prove nothing.
func (b *bucket) Probe(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, transferTime(0))
	defer cancel()
	_, err := b.client.PutObject(limited, &s3.PutObjectInput{
		Bucket: &b.bucket, Key: b.key(probeName), Body: bytes.NewReader([]byte("probe")),
	})
	return fault(ctx, "probe "+b.url, err)
}
