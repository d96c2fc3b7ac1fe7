package deploy

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/penstock/penstock/internal/format"
	"github.com/penstock/penstock/internal/pipeline"
)

// Limits of AWS that a pipeline's folder can meet.
const (
	// leastRetention is the shortest that Kinesis has (IncreaseStreamRetentionPeriod).
	leastRetention = 24 * time.Hour
	// partitions are those a delivery stream may write at once by default (Firehose's quotas, "Dynamic
	// partitions"): one for each table and hour, and one for the quarantine.
	partitions = 500
	// safeRecord is what Firehose is known to read from a stream; Kinesis itself may be set to 10 MiB.
	safeRecord = 1 << 20
)

// Note is something that is different on AWS.
type Note struct {
	// Refused says that the pipeline cannot be deployed at all.
	Refused bool `json:"refused"`
	// Message says what is the matter, Hint what to write in the pipeline's folder.
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (n Note) String() string {
	if n.Hint == "" {
		return n.Message
	}
	return n.Message + "; " + n.Hint
}

// Notes tells what of a pipeline cannot be deployed as it is, or becomes something else on AWS.
func Notes(file *pipeline.Pipeline) []Note {
	notes := []Note{}
	add := func(refused bool, message, hint string) { notes = append(notes, Note{refused, message, hint}) }
	if file.Stream.Retention < leastRetention {
		add(false, fmt.Sprintf("on AWS the stream's retention becomes 24h, the least that Kinesis has, in place of %s", file.Stream.Retention), "")
	}
	if file.Delivery.Format.Format == format.Parquet {
		add(false, "on AWS the files of the lake are CSV: what the transformer returns to Firehose is lines",
			"write delivery: {format: csv} to have the same in both places")
	}
	if file.Stream.MaxRecord > safeRecord {
		add(false, fmt.Sprintf("on AWS a record of up to %s fits into the stream, but whether Firehose delivers more than 1 MiB is not known",
			humanize.IBytes(uint64(file.Stream.MaxRecord))), "write stream: {max_record: 1MiB} to be safe")
	}
	if tables := len(file.Contracts.Tables()) + 1; tables > partitions {
		add(true, fmt.Sprintf("%d tables and the quarantine are more partitions than the %d that Firehose writes at once", tables-1, partitions),
			"split the pipeline, or have the quota raised")
	} else if tables*2 > partitions {
		add(false, fmt.Sprintf("at every full hour %d tables and the quarantine take two partitions each for a while, and Firehose writes %d at once", tables-1, partitions),
			"have the quota raised before it is met")
	}
	return notes
}

// LakeLatency is how long an event takes to a file of the lake at most, by the buffers alone: the transformer's 60
// seconds, then 1.5 times the delivery stream's interval (Firehose's guide on dynamic partitioning).
func LakeLatency(file *pipeline.Pipeline) time.Duration {
	return time.Minute + file.AWS.Buffer.Interval*3/2
}
