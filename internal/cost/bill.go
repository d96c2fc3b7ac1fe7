package cost

import (
	"fmt"
	"math"
	"time"
)

// Line is one position of the monthly bill.
type Line struct {
	Service string `json:"service"`
	Item    string `json:"item"`
	// Quantity is in Unit a month; USD is what it costs a month.
	Quantity float64 `json:"quantity"`
	Unit     string  `json:"unit"`
	USD      float64 `json:"usd"`
}

// Bill is a list of lines.
type Bill []Line

// Total is the sum of the lines, in US dollars a month.
func (b Bill) Total() float64 {
	var usd float64
	for _, l := range b {
		usd += l.USD
	}
	return usd
}

const (
	week = 7 * 24 * time.Hour
	day  = 24 * time.Hour
)

// A shard takes 1,000 records and 1 MiB a second (Kinesis Data Streams quotas).
const (
	shardRecords = 1000
	shardBytes   = mib
	// payloadUnit is what PutRecord is billed by on provisioned streams: 25 KB, taken as KiB.
	payloadUnit = 25 * kib
	// firehoseRound and onDemandRound are what a record is rounded up to.
	firehoseRound = 5 * kib
	onDemandRound = kib
)

// Shards are what the peak needs, by records or by bytes, whichever is more.
func Shards(l Load) int {
	byRecords := math.Ceil(l.Peak / shardRecords)
	byBytes := math.Ceil(l.Peak * float64(l.Bytes) / shardBytes)
	return int(max(1, byRecords, byBytes))
}

func provisioned(l Load, p Prices) Bill {
	shards := float64(Shards(l))
	hours := shards * HoursPerMonth
	units := l.eventsPerMonth() * math.Ceil(float64(l.Bytes)/payloadUnit)
	bill := Bill{
		{"Kinesis Data Streams", fmt.Sprintf("%.0f shard(s)", shards), hours, "shard hours", hours * p.Provisioned.ShardHour},
		{"Kinesis Data Streams", "PUT payload units of 25 KB", units / 1e6, "million", units / 1e6 * p.Provisioned.PutUnitsMillion},
	}
	if l.Retention > day {
		bill = append(bill, Line{"Kinesis Data Streams", "retention to 7 days", hours, "shard hours", hours * p.Provisioned.ExtendedShardHour})
	}
	if kept := keptBeyond(l, week); kept > 0 {
		bill = append(bill, Line{"Kinesis Data Streams", "retention beyond 7 days", kept, "GiB months", kept * p.Provisioned.LongRetentionGiBMonth})
	}
	return bill
}

func onDemand(l Load, p Prices) Bill {
	in := toGiB(l.eventsPerMonth() * l.rounded(onDemandRound))
	out := toGiB(l.eventsPerMonth() * float64(l.Bytes))
	bill := Bill{
		{"Kinesis Data Streams", "on-demand stream", HoursPerMonth, "stream hours", HoursPerMonth * p.OnDemand.StreamHour},
		{"Kinesis Data Streams", "data in, each record rounded up to 1 KiB", in, "GiB", in * p.OnDemand.InGiB},
		{"Kinesis Data Streams", "data out, read by Firehose", out, "GiB", out * p.OnDemand.OutGiB},
	}
	if kept := keptBeyond(l, day) - keptBeyond(l, week); kept > 0 {
		bill = append(bill, Line{"Kinesis Data Streams", "retention to 7 days", kept, "GiB months", kept * p.OnDemand.ExtendedGiBMonth})
	}
	if kept := keptBeyond(l, week); kept > 0 {
		bill = append(bill, Line{"Kinesis Data Streams", "retention beyond 7 days", kept, "GiB months", kept * p.OnDemand.LongRetentionGiBMonth})
	}
	return bill
}

// keptBeyond is what a stream holds at any moment that is older than an age, in GiB.
func keptBeyond(l Load, age time.Duration) float64 {
	return toGiB(max(0, (l.Retention-age).Seconds()) * l.EventsPerSecond * float64(l.Bytes))
}

func firehose(l Load, p Prices) Bill {
	intake := toGiB(l.eventsPerMonth() * l.rounded(firehoseRound))
	rows := toGiB(l.eventsPerMonth() * float64(l.RowBytes))
	objects := objects(l)
	return Bill{
		{"Data Firehose", "intake, each record rounded up to 5 KiB", intake, "GiB", tiered(p.Firehose.Intake, intake)},
		{"Data Firehose", "dynamic partitioning by table", rows, "GiB", rows * p.Firehose.PartitioningGiB},
		{"Data Firehose", "objects of dynamic partitioning", objects, "objects", objects / 1000 * p.Firehose.PartitioningObjectsThousand},
	}
}

// objects is how many files a month's rows become: each table's buffer is written when it is full or
// its interval over, but never more often than there are events.
func objects(l Load) float64 {
	tables := float64(l.Tables)
	byInterval := tables * secondsPerMonth / l.BufferInterval.Seconds()
	bySize := l.eventsPerMonth() * float64(l.RowBytes) / float64(l.BufferBytes)
	return math.Ceil(min(l.eventsPerMonth(), max(byInterval, bySize)))
}

// Firehose gathers up to 1 MiB or 60 s for a call of its transformer (the defaults of
// BufferSizeInMBs and BufferIntervalInSeconds), here for each shard.
const (
	callBytes    = mib
	callInterval = time.Minute
	// callOverhead of each call, in microseconds: the envelope, and what the runtime adds.
	callOverhead = 5000
)

// calls of the transformer a month, and how many events each brings.
func calls(l Load) (perMonth, events float64) {
	perShard := l.EventsPerSecond / float64(Shards(l))
	events = max(1, min(float64(callBytes)/float64(l.Bytes), perShard*callInterval.Seconds()))
	return math.Ceil(l.eventsPerMonth() / events), events
}

func transformer(l Load, p Prices) Bill {
	perMonth, events := calls(l)
	millis := math.Ceil((callOverhead + events*l.LambdaMicros) / 1000)
	gibSeconds := perMonth * millis / 1000 * float64(l.LambdaMiB) / 1024
	return Bill{
		{"Lambda", fmt.Sprintf("calls of the transformer, %.0f events each", events), perMonth, "calls", perMonth / 1e6 * p.Lambda.RequestsMillion},
		{"Lambda", fmt.Sprintf("%.0f ms of %d MiB a call, arm64", millis, l.LambdaMiB), gibSeconds, "GiB seconds", gibSeconds * p.Lambda.GiBSecond},
	}
}

func storage(l Load, p Prices) Bill {
	objects := objects(l)
	kept := toGiB(l.eventsPerMonth() * float64(l.RowBytes) * l.Compressed)
	return Bill{
		{"S3", "writing objects", objects, "PUTs", objects / 1000 * p.S3.PutThousand},
		{"S3", "keeping a month's files for a month", kept, "GiB months", kept * p.S3.GiBMonth},
	}
}

// emfBytes is the log of one call, with its embedded metrics.
const emfBytes = 1500

// keyRequests: Kinesis and Firehose ask for a data key about every five minutes, for each shard and side.
const keyRequestsPerShard = 2 * secondsPerMonth / 300

func watching(l Load, p Prices) Bill {
	perMonth, _ := calls(l)
	logs := toGiB(perMonth * emfBytes)
	requests := float64(Shards(l))*keyRequestsPerShard + objects(l)
	return Bill{
		{"CloudWatch", "dashboard", 1, "dashboard", p.CloudWatch.DashboardMonth},
		{"CloudWatch", "alarms", float64(l.Alarms), "alarms", float64(l.Alarms) * p.CloudWatch.AlarmMonth},
		{"CloudWatch", "metrics of the transformer", float64(l.Metrics), "metrics", float64(l.Metrics) * p.CloudWatch.MetricMonth},
		{"CloudWatch", "logs", logs, "GiB", logs * p.CloudWatch.LogsGiB},
		{"KMS", "key", 1, "key", p.KMS.KeyMonth},
		{"KMS", "requests, estimated", requests, "requests", requests / 10_000 * p.KMS.RequestsTenThousand},
	}
}

func snowpipe(l Load, p Prices) Bill {
	rows := toGiB(l.eventsPerMonth() * float64(l.RowBytes))
	return Bill{{"Snowflake", "Snowpipe, by uncompressed rows", rows, "GiB", rows * p.Snowflake.SnowpipeCreditsGiB * p.Snowflake.Credit}}
}
