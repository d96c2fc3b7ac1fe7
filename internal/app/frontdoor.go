package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/kinesis"
	"github.com/penstock/penstock/internal/stream"
)

// frontDoor lets the Kinesis API work on the log. The pipeline's own stream cannot be deleted.
type frontDoor struct {
	*stream.Log
	pipelineStream string
	hear           event.Listener
}

var _ kinesis.Log = frontDoor{}

func (f frontDoor) Append(ctx context.Context, name string, shard int, puts []event.Put) (kinesis.Appended, error) {
	done, err := f.Log.Append(ctx, name, shard, puts)
	if name == f.pipelineStream && errors.Is(err, event.ErrThrottled) {
		f.hear(event.Refused{Records: len(puts), Err: err})
	}
	return kinesis.Appended{First: done.First, Arrived: done.Arrived}, err
}

func (f frontDoor) CreateStream(ctx context.Context, info kinesis.StreamInfo) error {
	return f.Log.CreateStream(ctx, toLog(info))
}

func (f frontDoor) DeleteStream(ctx context.Context, name string) error {
	if name == f.pipelineStream {
		return fmt.Errorf("stream %s: %w", name, event.ErrInUse)
	}
	return f.Log.DeleteStream(ctx, name)
}

func (f frontDoor) Stream(name string) (kinesis.StreamInfo, bool) {
	info, ok := f.Log.Stream(name)
	return fromLog(info), ok
}

func (f frontDoor) Streams() []kinesis.StreamInfo {
	var all []kinesis.StreamInfo
	for _, info := range f.Log.Streams() {
		all = append(all, fromLog(info))
	}
	return all
}

func (f frontDoor) UpdateStream(ctx context.Context, name string, change func(*kinesis.StreamInfo) error) error {
	return f.Log.UpdateStream(ctx, name, func(info *stream.Info) error {
		changed := fromLog(*info)
		if err := change(&changed); err != nil {
			return err
		}
		*info = toLog(changed)
		return nil
	})
}

// provisioned is the stream mode of the pipeline's own stream.
const provisioned = "PROVISIONED"

func toLog(info kinesis.StreamInfo) stream.Info {
	return stream.Info{
		Name: info.Name, Created: info.Created, Shards: info.Shards, Retention: info.Retention,
		Tags: info.Tags, MaxRecordBytes: info.MaxRecordBytes, Mode: info.Mode,
	}
}

func fromLog(info stream.Info) kinesis.StreamInfo {
	return kinesis.StreamInfo{
		Name: info.Name, Created: info.Created, Shards: info.Shards, Retention: info.Retention,
		Tags: info.Tags, MaxRecordBytes: info.MaxRecordBytes, Mode: info.Mode,
	}
}

// iteratorKeyBytes is the size of the key that protects shard iterators.
const iteratorKeyBytes = 32

// iteratorKey reads the key from the data folder, or makes it, so that readers of a stream go on
// after a restart.
func iteratorKey(dataDir string) ([]byte, error) {
	path := filepath.Join(dataDir, "iterator.key")
	key, err := os.ReadFile(path)
	if err == nil && len(key) == iteratorKeyBytes {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the key of shard iterators: %w", err)
	}
	key = make([]byte, iteratorKeyBytes)
	_, _ = rand.Read(key) // it never fails
	if err := os.WriteFile(path, key, 0o600); err != nil {
		return nil, fmt.Errorf("keeping the key of shard iterators: %w", err)
	}
	return key, nil
}
