package produce

import "fmt"

// Limits of the Kinesis API that no configuration of a stream lifts.
const (
	// MaxPartitionKey is the longest partition key, in characters.
	MaxPartitionKey = 256
	// MaxRecord is the largest record, data and partition key together, in bytes. A stream takes
	// 1 MiB unless it is configured for more; which it is, only the endpoint knows.
	MaxRecord = 10 << 20
)

// usualRecord is what every stream takes. A larger record travels alone, so that its refusal
// spoils no other.
const usualRecord = 1 << 20

// Record is one event on its way to a stream.
type Record struct {
	// PartitionKey is 1 to 256 characters; records of one key keep their order (see Producer).
	PartitionKey string
	// Data is the event's bytes. The producer owns them until Run returns.
	Data []byte
}

func (r Record) size() int { return len(r.PartitionKey) + len(r.Data) }

// Source hands out the records of one run in order.
//
// Next is called from one goroutine, until it returns an error: io.EOF after the last record, an
// *Unsendable for one event that can never be sent (Next is then called again), or anything else
// when the source cannot go on.
type Source interface {
	Next() (Record, error)
}

// Unsendable is one event of a source that cannot be a record. It counts as failed; the run goes on.
type Unsendable struct {
	// Where names the event, for example "orders.ndjson:17".
	Where string
	// Why says what is wrong with it.
	Why string
}

func (u *Unsendable) Error() string { return fmt.Sprintf("%s: %s", u.Where, u.Why) }
