package compat

import (
	"context"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/kinesis"
	"github.com/penstock/penstock/internal/stream"
)

// log makes the real log fit the front door.
type log struct{ *stream.Log }

func (l log) CreateStream(ctx context.Context, info kinesis.StreamInfo) error {
	return l.Log.CreateStream(ctx, stream.Info(info))
}

func (l log) Stream(name string) (kinesis.StreamInfo, bool) {
	info, ok := l.Log.Stream(name)
	return kinesis.StreamInfo(info), ok
}

func (l log) Streams() []kinesis.StreamInfo {
	var all []kinesis.StreamInfo
	for _, info := range l.Log.Streams() {
		all = append(all, kinesis.StreamInfo(info))
	}
	return all
}

func (l log) UpdateStream(ctx context.Context, name string, change func(*kinesis.StreamInfo) error) error {
	return l.Log.UpdateStream(ctx, name, func(info *stream.Info) error {
		changed := kinesis.StreamInfo(*info)
		err := change(&changed)
		*info = stream.Info(changed)
		return err
	})
}

func (l log) Append(ctx context.Context, name string, shard int, puts []event.Put) (kinesis.Appended, error) {
	done, err := l.Log.Append(ctx, name, shard, puts)
	return kinesis.Appended(done), err
}
