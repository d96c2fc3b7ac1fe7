package cost

import (
	"fmt"
	"math"
	"time"
)

// Plan is what a load needs, costs and waits on AWS.
type Plan struct {
	Load   Load   `json:"load"`
	Dated  string `json:"prices_dated"`
	Region string `json:"region"`
	// Shards that the peak needs on a provisioned stream.
	Shards int `json:"shards"`
	// Provisioned and OnDemand are the two ways to have the stream; Cheaper names one of them.
	Provisioned Bill   `json:"provisioned"`
	OnDemand    Bill   `json:"on_demand"`
	Cheaper     string `json:"cheaper"`
	// Rest is what comes on top of either.
	Rest Bill `json:"rest"`
	// TotalUSD a month, with the cheaper stream.
	TotalUSD float64 `json:"total_usd"`
	// Aggregation is what packing events into larger records would change.
	Aggregation Aggregation `json:"aggregation"`
	Latency     []Hop       `json:"latency"`
	// Traps are sentences about what makes this bill larger than one expects.
	Traps []string `json:"traps"`
}

// ModeProvisioned and ModeOnDemand are Plan.Cheaper's values, as pipeline.yaml and Kinesis name them.
const (
	ModeProvisioned = "provisioned"
	ModeOnDemand    = "on-demand"
)

// Aggregation packs events into records of up to a payload unit, as the Kinesis Producer Library does.
type Aggregation struct {
	EventsPerRecord int `json:"events_per_record"`
	Shards          int `json:"shards"`
	// SavedUSD a month on a provisioned stream. What Firehose bills for an aggregated record is not
	// published clearly, so nothing is counted there.
	SavedUSD float64 `json:"saved_usd"`
}

// Hop is a step of the way with how long an event waits in it.
type Hop struct {
	Name     string        `json:"name"`
	Typical  time.Duration `json:"typical"`
	AtMost   time.Duration `json:"at_most"`
	Because  string        `json:"because"`
	Estimate bool          `json:"estimate"`
}

// New makes the plan of a load. The error lists what of the load cannot be.
func New(l Load, p Prices) (Plan, error) {
	if err := l.complete(); err != nil {
		return Plan{}, err
	}
	plan := Plan{
		Load: l, Dated: p.Dated, Region: p.Region, Shards: Shards(l),
		Provisioned: provisioned(l, p), OnDemand: onDemand(l, p), Cheaper: ModeProvisioned,
		Aggregation: aggregate(l, p), Latency: latency(l),
	}
	for _, part := range []Bill{firehose(l, p), transformer(l, p), storage(l, p), watching(l, p), snowpipe(l, p)} {
		plan.Rest = append(plan.Rest, part...)
	}
	plan.TotalUSD = plan.Provisioned.Total() + plan.Rest.Total()
	if plan.OnDemand.Total() < plan.Provisioned.Total() {
		plan.Cheaper = ModeOnDemand
		plan.TotalUSD = plan.OnDemand.Total() + plan.Rest.Total()
	}
	plan.Traps = traps(l, p)
	return plan, nil
}

// aggregationOverhead is what the KPL's format adds to each event, in bytes: field tags and lengths.
const aggregationOverhead = 10

func aggregate(l Load, p Prices) Aggregation {
	fit := max(1, payloadUnit/(l.Bytes+aggregationOverhead))
	packed := l
	packed.EventsPerSecond, packed.Peak = l.EventsPerSecond/float64(fit), l.Peak/float64(fit)
	packed.Bytes = fit * (l.Bytes + aggregationOverhead)
	if fit == 1 {
		packed.Bytes = l.Bytes
	}
	return Aggregation{
		EventsPerRecord: fit, Shards: Shards(packed),
		SavedUSD: max(0, provisioned(l, p).Total()-provisioned(packed, p).Total()),
	}
}

func latency(l Load) []Hop {
	perShard := l.EventsPerSecond / float64(Shards(l))
	gather := min(callInterval, seconds(callBytes/(perShard*float64(l.Bytes))))
	fill := min(l.BufferInterval, seconds(float64(l.Tables)*float64(l.BufferBytes)/(l.EventsPerSecond*float64(l.RowBytes))))
	return []Hop{
		{"stream", 200 * time.Millisecond, time.Second, "Firehose reads a shard about once a second", true},
		{"transformer", gather / 2, gather, "Firehose gathers 1 MiB or 60 s for a call", false},
		{"delivery", fill / 2, fill * 3 / 2, fmt.Sprintf("files are written after %s or %d MiB, with dynamic partitioning up to 1.5 times later", l.BufferInterval, l.BufferBytes/mib), false},
		{"Snowpipe", 30 * time.Second, time.Minute, "Snowflake says \"typically within a minute\" of a file, and promises nothing", true},
	}
}

func seconds(s float64) time.Duration {
	if s > math.MaxInt32 {
		s = math.MaxInt32
	}
	return time.Duration(s * float64(time.Second))
}
