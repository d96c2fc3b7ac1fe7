package cost

import "fmt"

const (
	// advantageFrom is where on-demand Advantage begins to be of use, in bytes a second: an account
	// commits to 25 MB/s.
	advantageFrom = 25e6
	// onDemandRecords and onDemandBytes a second are what a new on-demand stream takes (Kinesis Data Streams' guide,
	// "On-demand mode"): 4,000 records or 4 MB.
	onDemandRecords = 4000
	onDemandBytes   = 4e6
	// mostShards is what a pipeline may have, and AWS's quota in most regions.
	mostShards = 200
)

// traps are sentences about what makes the bill of a load larger than one expects, or the load more than is taken.
func traps(l Load, p Prices) []string {
	var list []string
	say := func(text string, args ...any) { list = append(list, fmt.Sprintf(text, args...)) }
	if factor := l.rounded(firehoseRound) / float64(l.Bytes); factor >= 1.1 {
		say("Firehose rounds each record up to 5 KiB: you pay for %.1f times what you send.", factor)
	}
	if factor := l.rounded(onDemandRound) / float64(l.Bytes); factor >= 1.1 {
		say("An on-demand stream rounds each record up to 1 KiB: you pay for %.1f times what you send.", factor)
	}
	if factor := l.rounded(payloadUnit) / float64(l.Bytes); factor >= 1.1 {
		say("A provisioned stream counts whole units of 25 KB for each record: you pay for %.1f times what you send.", factor)
	}
	shards := Shards(l)
	if shards > 1 && l.Peak*float64(l.Bytes) < float64(shards-1)*shardBytes {
		say("The shards are needed for the records a second, not for the bytes: aggregation would do with %d.", aggregate(l, p).Shards)
	}
	if usual := l; shards > 1 && l.Peak > l.EventsPerSecond {
		usual.Peak = usual.EventsPerSecond
		if n := Shards(usual); n < shards {
			say("The peak needs %d shards, the average %d: a shard is paid for by the hour, whether it is busy or not.", shards, n)
		}
	}
	if shards > mostShards {
		say("A pipeline has %d shards at most, and %d would be needed: aggregate, or have the stream on-demand.", mostShards, shards)
	}
	if l.Peak > onDemandRecords || l.Peak*float64(l.Bytes) > onDemandBytes {
		say("A new on-demand stream takes 4,000 records or 4 MB a second, and is throttled when its traffic more than doubles within 15 minutes.")
	}
	if l.Tables > 1 {
		say("Dynamic partitioning writes files for each of the %d tables: %.0f objects a month.", l.Tables, objects(l))
	}
	if l.EventsPerSecond*float64(l.Bytes) >= advantageFrom {
		advantage := onDemand(l, p)[1].Quantity*p.Advantage.InGiB + onDemand(l, p)[2].Quantity*p.Advantage.OutGiB
		say("At this rate an account can commit to on-demand Advantage: data in and out would be $%.2f a month.", advantage)
	}
	say("The lake keeps what it has: keeping files costs $%.2f more with each month.", storage(l, p)[1].USD)
	say("Snowpipe bills text by its uncompressed size; queries and the virtual warehouse are not in this plan.")
	return list
}
