package pipeline

import (
	"time"

	"github.com/penstock/penstock/internal/access"
	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/format"
)

// FileName is the name of the pipeline file in its folder.
const FileName = "pipeline.yaml"

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
	day = 24 * time.Hour
)

// Pipeline is a pipeline as its folder declares it. All sizes are in bytes.
type Pipeline struct {
	// Name is the name of the folder; people see it.
	Name string
	// Dir is the folder, as it was given to Load.
	Dir string

	Stream   Stream
	Delivery Delivery
	// Lake is where files go: InsideData (the default, so that one folder holds all state), or what
	// lake.Open takes.
	Lake string
	// Warehouse is where rows go: InsideData (the default), or the path of a DuckDB file.
	Warehouse string
	// Snowflake is the warehouse instead, if it is one; nil otherwise.
	Snowflake *Snowflake
	// AWS holds what differs when the pipeline runs on AWS.
	AWS AWS
	// AccessKeys may sign requests. Without any, signatures are not looked at, which is for this
	// machine's own addresses only.
	AccessKeys []AccessKey
	// Access says who may use the HTTP API and its pages. Empty, everybody on this machine may do everything, and
	// nobody else can reach it.
	Access access.Rules
	Listen Listen
	TLS    TLS
	Limits Limits
	Alarms Alarms
	// Contracts are those of the folder, compiled.
	Contracts *contract.Set
	// Dashboards are those of the folder, in the order of their names; one that is wrong has Faults.
	Dashboards []*chart.Dashboard
}

// InsideData says that the lake or the warehouse lies in the data folder.
const InsideData = ""

// Stream is the pipeline's source stream.
type Stream struct {
	// Name that services put events to. Required.
	Name string
	// Shards, 1 to 200. Default 1: a shard carries more than 100,000 events a second, and one shard
	// keeps all events in order.
	Shards int
	// Retention is how long committed records stay readable, 1m to 8760h. Default 24h, as in AWS
	// (where 24h is also the least).
	Retention time.Duration
	// MaxRecord is the largest record that is accepted, data and partition key together, 1 MiB to
	// 10 MiB. Default 1 MiB, as in AWS.
	MaxRecord int64
}

// Delivery is how lake files are written.
type Delivery struct {
	Buffer Buffer
	// Format of the files. Default csv with gzip.
	Format format.Config
}

// Buffer holds the buffering hints: a file is written when either is reached.
type Buffer struct {
	// Size of a file before compression. Default 1 MiB.
	Size int64
	// Interval since a file's first record. Default 1s: rows are queryable a second or two after
	// their events, and one file a second is little work for a lake and a loader.
	Interval time.Duration
}

// AWS holds what differs when the pipeline runs on AWS.
type AWS struct {
	// Buffer of the delivery stream. Default 64 MiB and 60s, the least that Firehose takes with
	// dynamic partitioning.
	Buffer Buffer
	// Capacity of the source stream: Provisioned with Stream.Shards, or OnDemand. Default Provisioned,
	// which costs less for a steady load.
	Capacity string
	// Notify is the mail address that alarms are sent to. Default: none.
	Notify string
}

// Capacities of a Kinesis stream.
const (
	Provisioned = "provisioned"
	OnDemand    = "on-demand"
)

// Listen says where the pipeline can be reached. Addresses are host:port; port 0 takes a free one.
type Listen struct {
	// Kinesis is the address of the Kinesis API. Default 127.0.0.1:4567: kinesalite's port, and
	// nobody but this machine.
	Kinesis string
	// HTTP is the address of the HTTP API and the dashboard. Default 127.0.0.1:8080.
	HTTP string
}

// TLS holds the paths of PEM files with which both ports speak TLS. Default: none, which is for
// this machine and for a proxy before it.
type TLS struct {
	Cert, Key string
}

// Limits protect the machine and its other users.
type Limits struct {
	// Backlog is how much of the stream may wait for delivery before producers are slowed. Default
	// 8 GiB: more than an hour at 5,000 events a second.
	Backlog int64
	// DiskReserve is the free space of the data folder's disk below which producers are slowed.
	// Default 1 GiB: what delivery and the warehouse need to work off what was accepted.
	DiskReserve int64
	// QueryMemory is DuckDB's memory for loads and people's queries together. Default 192 MiB, with
	// which the whole pipeline stays below 700 MiB.
	QueryMemory int64
	// QueryTemp is how much a query may spill to disk. Default 2 GiB.
	QueryTemp int64
	// QueryTimeout ends a query. Default 30s.
	QueryTimeout time.Duration
	// QueryRows is the most rows a query may return. Default 1,000,000.
	QueryRows int
}

// defaults is a pipeline of which the file has said nothing yet.
func defaults() *Pipeline {
	return &Pipeline{
		Stream:   Stream{Shards: 1, Retention: day, MaxRecord: mib},
		Delivery: Delivery{Buffer: Buffer{Size: mib, Interval: time.Second}, Format: format.Config{Format: format.CSV}},
		AWS:      AWS{Buffer: Buffer{Size: 64 * mib, Interval: time.Minute}, Capacity: Provisioned},
		Alarms:   defaultAlarms(),
		Listen:   Listen{Kinesis: "127.0.0.1:4567", HTTP: "127.0.0.1:8080"},
		Limits: Limits{
			Backlog: 8 * gib, DiskReserve: gib,
			QueryMemory: 192 * mib, QueryTemp: 2 * gib, QueryTimeout: 30 * time.Second, QueryRows: 1_000_000,
		},
	}
}
