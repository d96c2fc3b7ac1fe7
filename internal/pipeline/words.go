package pipeline

import (
	"fmt"
	"net/mail"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/format"
)

// pipeline reads the whole file.
func (r *reader) pipeline(root *yaml.Node, p *Pipeline) {
	seen := r.mapping(root, "a pipeline file", "", []word{
		{"stream", func(n *yaml.Node) { r.stream(n, &p.Stream) }},
		{"delivery", func(n *yaml.Node) { r.delivery(n, &p.Delivery) }},
		{"lake", func(n *yaml.Node) { r.lake(n, &p.Lake) }},
		{"warehouse", func(n *yaml.Node) { r.warehouse(n, p) }},
		{"aws", func(n *yaml.Node) { r.aws(n, &p.AWS) }},
		{"listen", func(n *yaml.Node) { r.listen(n, p) }},
		{"access_keys", func(n *yaml.Node) { r.accessKeys(n, p) }},
		{"access", func(n *yaml.Node) { r.access(n, p) }},
		{"limits", func(n *yaml.Node) { r.limits(n, &p.Limits) }},
		{"alarms", func(n *yaml.Node) { r.alarms(n, p) }},
	})
	if seen["stream"] == nil {
		r.Fault(root, "the pipeline has no stream", "add a line such as: stream: {name: orders}")
	}
	if p.Alarms.Disk == unsetDisk {
		p.Alarms.Disk = diskOfReserve * p.Limits.DiskReserve
	}
	r.mayListen(root, seen["listen"], p)
}

var streamName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,128}$`)

// MaxShards is the most shards the pipeline's stream may have: AWS's quota in most regions.
const MaxShards = 200

func (r *reader) stream(n *yaml.Node, s *Stream) {
	const example = "stream: {name: orders, shards: 1, retention: 24h}"
	seen := r.mapping(n, "stream", example, []word{
		{"name", func(n *yaml.Node) {
			name, ok := r.Text("the stream's name", n)
			if ok && !streamName.MatchString(name) {
				r.Fault(n, fmt.Sprintf("%q cannot be a stream's name", name), "use 1 to 128 letters, digits, and _ . -")
			}
			s.Name = name
		}},
		{"shards", func(n *yaml.Node) { r.integer("shards", n, &s.Shards, 1, MaxShards) }},
		{"retention", func(n *yaml.Node) { r.duration("retention", n, &s.Retention, time.Minute, 365*day) }},
		{"max_record", func(n *yaml.Node) { r.size("max_record", n, &s.MaxRecord, mib, 10*mib) }},
	})
	if n.Kind == yaml.MappingNode && seen["name"] == nil {
		r.Fault(n, "the stream has no name", "write it like this: "+example)
	}
}

func (r *reader) delivery(n *yaml.Node, d *Delivery) {
	var formatAt *yaml.Node
	r.mapping(n, "delivery", "delivery: {buffer: {size: 1MiB, interval: 1s}, format: csv, compression: gzip}", []word{
		{"buffer", func(n *yaml.Node) { r.buffer(n, &d.Buffer, kib, 128*mib, 10*time.Millisecond, 15*time.Minute) }},
		{"format", func(n *yaml.Node) {
			if v, ok := r.Choice("format", n, format.CSV, format.Parquet); ok {
				d.Format.Format, formatAt = v, n
			}
		}},
		{"compression", func(n *yaml.Node) {
			if v, ok := r.Choice("compression", n, format.Gzip, format.Zstd, format.None, format.Snappy); ok {
				d.Format.Compression, formatAt = v, n
			}
		}},
	})
	if d.Format.Validate() != nil { // each exists; together they do not
		r.Fault(formatAt, fmt.Sprintf("compression %s does not exist for %s", d.Format.Compression, d.Format.Format),
			"write gzip, zstd or none; snappy is for parquet")
	}
}

func (r *reader) buffer(n *yaml.Node, b *Buffer, leastSize, mostSize int64, leastInterval, mostInterval time.Duration) {
	r.mapping(n, "buffer", "buffer: {size: 64MiB, interval: 60s}", []word{
		{"size", func(n *yaml.Node) { r.size("the buffer's size", n, &b.Size, leastSize, mostSize) }},
		{"interval", func(n *yaml.Node) {
			r.duration("the buffer's interval", n, &b.Interval, leastInterval, mostInterval)
		}},
	})
}

// aws has Firehose's bounds with dynamic partitioning.
func (r *reader) aws(n *yaml.Node, a *AWS) {
	r.mapping(n, "aws", "aws: {buffer: {size: 64MiB, interval: 60s}}", []word{
		{"buffer", func(n *yaml.Node) { r.buffer(n, &a.Buffer, 64*mib, 128*mib, time.Minute, 15*time.Minute) }},
		{"capacity", func(n *yaml.Node) {
			if v, ok := r.Choice("capacity", n, Provisioned, OnDemand); ok {
				a.Capacity = v
			}
		}},
		{"notify", func(n *yaml.Node) { r.mail(n, &a.Notify) }},
	})
}

// mail reads a mail address, which SNS asks to confirm.
func (r *reader) mail(n *yaml.Node, to *string) {
	text, ok := r.Text("notify", n)
	if !ok {
		return
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text {
		r.Fault(n, fmt.Sprintf("%q is not a mail address", text), "write it like this: notify: ops@example.com")
	}
	*to = text
}

func (r *reader) limits(n *yaml.Node, l *Limits) {
	const most = 1 << 60 // no disk is larger
	r.mapping(n, "limits", "limits: {backlog: 8GiB, disk_reserve: 1GiB}", []word{
		{"backlog", func(n *yaml.Node) { r.size("backlog", n, &l.Backlog, 16*mib, most) }},
		{"disk_reserve", func(n *yaml.Node) { r.size("disk_reserve", n, &l.DiskReserve, 64*mib, most) }},
		{"query_memory", func(n *yaml.Node) { r.size("query_memory", n, &l.QueryMemory, 64*mib, most) }},
		{"query_temp", func(n *yaml.Node) { r.size("query_temp", n, &l.QueryTemp, 0, most) }},
		{"query_timeout", func(n *yaml.Node) { r.duration("query_timeout", n, &l.QueryTimeout, 100*time.Millisecond, day) }},
		{"query_rows", func(n *yaml.Node) { r.integer("query_rows", n, &l.QueryRows, 1, 1<<31-1) }},
	})
}
